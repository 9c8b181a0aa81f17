# Memory and time that jobs ask for: functions of the grid and of the attempt, each attempt with as much again.
# Memory in MB, time in minutes.
# One volume of the study grid in float32.
GRID_MB = 169 * 208 * 179 * 4 / 1e6 / config["resolution_mm"] ** 3


def growing(value):
    """The value at the first attempt, twice as much at the second, and so on."""

    def of_attempt(wildcards, attempt):
        return round(value * attempt)

    return of_attempt


def pairs_mb(base, per_scan, bytes_per_pair):
    """Memory of what compares all scans with all."""
    return growing(base + per_scan * len(SCANS) + bytes_per_pair * len(SCANS) ** 2 / 1e6)


def gpus_of(device):
    """One GPU, unless the work is for the CPU or stays on this machine, which has none."""

    def of_job(wildcards):
        return int(device != "cpu" and (not workflow.local_exec or has_gpu()))

    return of_job


training_gpus = gpus_of(config["device"])
registration_gpus = gpus_of(config["registration"]["device"])


def network_mb(wildcards, attempt):
    """Memory to train an approach: a step was seen to hold 20 (Conv5_FC3) to 80 times (ResNet18) its input batch."""
    name = wildcards.get("pretraining")
    settings = PRETRAININGS[name] if name else APPROACHES[wildcards.approach]
    return round(attempt * (3000 + 80 * settings["batch_size"] * sample_mb(settings)))


def sample_mb(settings):
    """One image as a network sees it at a time, in float32."""
    if settings["kind"] == "cnn_slice":
        return 3 * settings["image_size"] ** 2 * 4 / 1e6
    part = {"cnn_whole": 1, "cnn_roi": 1 / 50, "cnn_patch": 1 / 50}[settings["kind"]]
    return GRID_MB * part * (settings["together"] if settings["per_position"] else 1)
