# Memory (MB) and time (minutes) that jobs request: functions of the grid and of the attempt, which multiplies them.
# One volume of the study grid in float32.
GRID_MB = 169 * 208 * 179 * 4 / 1e6 / settings.resolution_mm**3


def growing(value):
    """Return a resource function: the value at the first attempt, twice the value at the second, and so on."""

    def of_attempt(wildcards, attempt):
        return round(value * attempt)

    return of_attempt


def pairs_mb(base, per_scan, bytes_per_pair):
    """Return a resource function for steps that compare every scan with every other."""
    return growing(base + per_scan * len(SCANS) + bytes_per_pair * len(SCANS) ** 2 / 1e6)


def gpus_of(device):
    """Return a resource function: one GPU, unless the device is the CPU or jobs run on this machine without a GPU."""

    def of_job(wildcards):
        return int(device != "cpu" and (not workflow.local_exec or has_gpu()))

    return of_job


training_gpus = gpus_of(settings.device)
registration_gpus = gpus_of(settings.registration.device)


def network_mb(wildcards, attempt):
    """Return the memory of a training in MB: 80 times its input batch (measured: 20 for Conv5_FC3, 80 for ResNet18)."""
    own = network_settings(wildcards)
    return round(attempt * (3000 + 80 * own.batch_size * sample_mb(own)))


def sample_mb(own):
    """Return the size in MB of one sample of a network in float32."""
    if own.kind == "cnn_slice":
        return 3 * own.image_size**2 * 4 / 1e6
    part = {"cnn_whole": 1, "cnn_roi": 1 / 50, "cnn_patch": 1 / 50}[own.kind]
    return GRID_MB * part * (own.networks_per_batch if own.one_network_per_patch else 1)


def visits_mb(wildcards, attempt):
    """Return the memory of the comparison of a person's visits in MB."""
    scans = len(visits_of(wildcards)[wildcards.participant])
    millions_of_voxels = 3.0 / settings.longitudinal.voxel_mm**3
    return round(attempt * (2500 + scans * (300 + 40 * millions_of_voxels)))
