"""What the configuration says of approaches: complete settings, on which tasks each runs, and what it builds on."""

from adrepro.config.model_kinds import CNN_KINDS, NETWORKS, SVM_KINDS
from adrepro.config.tasks import is_binary

PRETRAINING = "pretraining"  # stands where a task stands in paths


def complete(config: dict) -> dict[str, dict]:
    """Settings of every approach with the defaults of its kind filled in, in the order of the kinds, then of names.

    Tables and figures keep that order, wherever a configuration file put an approach.
    """
    kinds = (*SVM_KINDS, *CNN_KINDS)
    order = sorted(config["approaches"].items(), key=lambda item: (kinds.index(item[1]["kind"]), item[0]))
    return {name: _filled(config, settings) for name, settings in order}


def pretrainings(config: dict) -> dict[str, dict]:
    """Settings of every autoencoder, filled in alike; the loss is all that it can be judged by."""
    return {
        name: _filled(config, settings) | {"choose_by": "loss", "stop_by": "loss"}
        for name, settings in (config["pretraining"] or {}).items()
    }


def _filled(config: dict, settings: dict) -> dict:
    filled = {
        "training_data": config["splits"]["training_data"],
        "permute_labels": False,
        "tasks": None,
        "train_task": None,
    }
    if settings["kind"] in CNN_KINDS:
        filled |= {"network": NETWORKS[settings["kind"]], "start_from": None} | config["training"]
    else:
        filled |= config["machines"]
    return filled | settings


def tasks_of(config: dict, name: str) -> list[str]:
    """The tasks on which an approach is compared: those it names, or all that tell two classes apart."""
    binary = [task for task, settings in config["tasks"].items() if is_binary(settings)]
    return config["approaches"][name].get("tasks") or binary


def per_task(config: dict) -> dict[str, list[str]]:
    """Approaches by the task on which they are compared."""
    binary = [task for task, settings in config["tasks"].items() if is_binary(settings)]
    names = list(complete(config))
    found = {task: [name for name in names if task in tasks_of(config, name)] for task in binary}
    return {task: members for task, members in found.items() if members}


def source(config: dict, task: str, name: str) -> str | None:
    """The model, as `TASK/APPROACH` or `pretraining/NAME`, whose weights an approach starts from; None for none.

    Another approach is taken on the same task if it runs there, else on the one task that it has.
    """
    start = config["approaches"][name].get("start_from")
    if start is None:
        return None
    if start in (config["pretraining"] or {}):
        return f"{PRETRAINING}/{start}"
    tasks = tasks_of(config, start)
    return f"{task if task in tasks else tasks[0]}/{start}"


def problems(config: dict) -> list[str]:
    """What a schema cannot say about approaches: names that are nowhere, circles, and weights that do not fit."""
    found = []
    approaches, pretraining = config["approaches"], config["pretraining"] or {}
    binary = [task for task, settings in config["tasks"].items() if is_binary(settings)]
    found += [f"pretraining.{n}: an approach has this name too; rename one" for n in pretraining if n in approaches]
    against = config["comparison"]["against"]
    if against is not None and against not in approaches:
        found.append(f"comparison.against: {against} is none of {', '.join(approaches)}")
    explained = config["saliency"]["tasks"]
    found += [
        f"saliency.tasks: {task} is none of {', '.join(binary)}"
        for task in (explained if isinstance(explained, list) else [])
        if task not in binary
    ]
    for name, settings in pretraining.items():
        if settings["task"] not in config["tasks"]:
            found.append(f"pretraining.{name}.task: {settings['task']} is none of {', '.join(config['tasks'])}")
    for name, settings in approaches.items():
        for key, given in (("tasks", settings.get("tasks") or []), ("train_task", [settings.get("train_task")])):
            found += [
                f"approaches.{name}.{key}: {task} is none of {', '.join(binary)}"
                for task in given
                if task is not None and task not in binary
            ]
        network = settings.get("network", NETWORKS.get(settings["kind"]))
        if settings.get("per_position") and (settings["kind"] != "cnn_patch" or network != "Conv4_FC3"):
            found.append(f"approaches.{name}.per_position: only a cnn_patch of Conv4_FC3 has a network for each part")
        if settings.get("split_slices") and settings["kind"] != "cnn_slice":
            found.append(f"approaches.{name}.split_slices: only a cnn_slice can be split so")
        found += _start_problems(name, approaches, pretraining)
    return found


def covariates(approaches: dict) -> set[str]:
    """Columns of the sheet that complete `approaches` adjust for, harmonise over or keep."""
    found = set()
    for settings in approaches.values():
        found |= {*settings.get("adjust", []), *settings.get("keep", [])} | {settings.get("harmonise")}
    return found - {None}


def reference_approach(config: dict) -> str | None:
    """The approach that others are tested against for non-inferiority; None where there is none."""
    machines = [name for name, settings in complete(config).items() if settings["kind"] in SVM_KINDS]
    return config["comparison"]["against"] or next(iter(machines), None)


def explained_pairs(config: dict) -> list[tuple[str, str]]:
    """Tasks and networks whose saliency is drawn; a network is explained on the task that it was trained on."""
    members, wanted = per_task(config), config["saliency"]["tasks"]
    if not isinstance(wanted, list):
        wanted = list(members)[: 1 if wanted == "first" else None]
    every = complete(config)
    return [
        (task, name)
        for task in wanted
        if config["saliency"]["methods"]
        for name in members.get(task, [])
        if every[name]["kind"] in CNN_KINDS and every[name]["train_task"] in (None, task)
    ]


def _start_problems(name: str, approaches: dict, pretraining: dict) -> list[str]:
    """What is wrong with the chain of models that an approach starts from."""
    seen, now = [name], approaches[name].get("start_from")
    if now is not None and now not in approaches and now not in pretraining:
        known = ", ".join(sorted({*approaches, *pretraining} - {name}))
        return [f"approaches.{name}.start_from: {now} is no approach or pretraining; there are {known}"]
    if now is not None:
        other = (approaches.get(now) or pretraining[now])["kind"]
        if other != approaches[name]["kind"]:
            kinds = f"{approaches[name]['kind']} cannot start from {now}, a {other}"
            return [f"approaches.{name}.start_from: {kinds}; name one of its own kind"]
    while now in approaches:
        if now in seen:
            return [f"approaches.{name}.start_from: {' from '.join([*seen, now])} is a circle; start one of them anew"]
        seen.append(now)
        now = approaches[now].get("start_from")
    return []
