"""The report's section on where the models look: pictures, the regions that count most, and the checks."""

from pathlib import Path

from adrepro.config.model_kinds import CNN_KINDS
from adrepro.core.files import read_table
from adrepro.report.html import embed

MOST = 5  # regions named per method
MAIN_METHOD = "integrated gradients"


def explained(
    results: Path, pairs: list[tuple[str, str]], approaches: dict, settings: dict, names: dict[str, str]
) -> list[dict]:
    """An entry for each picture that was made: of machines their weights, of networks their saliency."""
    entries = []
    for task, members in approaches.items():
        for name in members:
            folder = results / task / name
            network = settings[name]["kind"] in CNN_KINDS
            picture = folder / ("saliency/maps.jpg" if network else "weights.jpg")
            if not picture.exists() or (network and (task, name) not in pairs):
                continue
            entry = {"task": task.replace("_", " "), "name": names[name], "picture": embed(picture), "network": network}
            entry |= {"regions": [], "checks": []}
            if network:
                entry |= _summaries(folder / "saliency")
            entries.append(entry)
    return entries


def _summaries(folder: Path) -> dict:
    regions = read_table(folder / "regions.tsv", ("ratio",))
    numbers = ("correlation", "inside_brain", "planted_ratio", "planted_auc")
    checks = read_table(folder / "checks.tsv", numbers)
    top = [
        {
            "method": method.replace("_", " "),
            "regions": [f"{r.region} ({r.ratio:.1f})" for r in own.head(MOST).itertuples()],
        }
        for method, own in regions[regions["ratio"].notna()].groupby("method", sort=False)
    ]
    rows = []
    for method, own in checks.groupby("method", sort=False):
        own = own.set_index("weights")
        trained, random = own.loc["trained"], own.loc["random"]
        rows.append({
            "method": method.replace("_", " "), "correlation": _two(trained["correlation"]),
            "inside": f"{_two(trained['inside_brain'])} / {_two(random['inside_brain'])}",
            "ratio": f"{_two(trained['planted_ratio'])} / {_two(random['planted_ratio'])}",
            "auc": f"{_two(trained['planted_auc'])} / {_two(random['planted_auc'])}",
        })  # fmt: skip
    return {"regions": top, "checks": rows}


def _two(value: float) -> str:
    return f"{value:.2f}" if value == value else "n/a"


def strongest(entries: list[dict]) -> list[str]:
    """For each explained network the region that counts most by `MAIN_METHOD`, or by the first there is, in words."""
    sentences = []
    for entry in (entry for entry in entries if entry["regions"]):
        found = next((own for own in entry["regions"] if own["method"] == MAIN_METHOD), entry["regions"][0])
        sentences.append(f"{entry['name']} ({entry['task']}): {found['regions'][0]} by {found['method']}")
    return sentences
