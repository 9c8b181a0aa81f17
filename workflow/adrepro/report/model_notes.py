"""What a reader must know of how the models were made, from their own records."""

from pathlib import Path

from adrepro.core.files import read_json

KINDS = {
    "svm_regional": "SVM, regional volumes",
    "svm_voxel": "SVM, voxels",
    "logistic_regional": "logistic regression, regional volumes",
    "forest_regional": "random forest, regional volumes",
    "cnn_whole": "3D CNN, whole brain",
    "cnn_roi": "3D CNN, hippocampi",
    "cnn_patch": "3D CNN, patches",
    "cnn_slice": "2D CNN, slices",
}


def names_of(approaches: dict) -> dict[str, str]:
    """How the report calls each approach: by its kind, with its name where a kind occurs twice."""
    kinds = [settings["kind"] for settings in approaches.values()]
    return {
        name: KINDS[s["kind"]] + (f" ({name})" if kinds.count(s["kind"]) > 1 else "") for name, s in approaches.items()
    }


def notes(results: Path, approaches: dict[str, list[str]], settings: dict) -> list[str]:
    """What a reader must know of how the models were made, from their own records."""
    found = set()
    for task, names in approaches.items():
        for name in names:
            for path in sorted((results / task / name).glob("fold-*/model.json")):
                model = read_json(path)
                if model.get("inner_folds") == 0:
                    found.add(f"{task}, {name}: a class of the training part is too small for an inner search, C is 1.")
                elif "inner_folds" in model and model["inner_folds"] < settings[name]["inner_folds"]:
                    found.add(
                        f"{task}, {name}: {model['inner_folds']} inner folds, as many as the smallest class allows."
                    )
                found |= {f"{task}, {name}: {note}." for note in model.get("notes", [])}
                found |= {
                    f"{name}: starts from {'/'.join(other.split('/')[:2])}." for other in model.get("builds_on", [])
                }
                if settings[name].get("image") == "GM":
                    found.add(f"{name}: sees modulated grey matter in place of the scan.")
                if settings[name].get("permute_labels"):
                    found.add(f"{name}: learnt from permuted labels, a negative control.")
                if "architecture" in model:
                    count = f"{model['networks']} networks of " if model["networks"] > 1 else ""
                    size = model["parameters"] // model["networks"]
                    found.add(f"{name}: {count}{model['architecture']}, {size:,} parameters.")
    return sorted(found)


def leaks(certificate: dict) -> list[str]:
    """What the leak certificate found, a line for each check that failed."""
    return [
        f"{check['name']}: {check['count']} times, {'; '.join(check['examples'])}"
        for check in certificate["checks"]
        if check["verdict"] == "leak"
    ]
