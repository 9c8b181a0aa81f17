"""Labels of regions in the tables of FreeSurfer, FastSurfer and SynthSeg, and the regions that a scan must have."""

import re

from adrepro.core.errors import ScanFault
from adrepro.preprocessing.reference.region_names import DEEP, NAMES, VENTRICLES, region_name

# Labels of the tools that differ from those of `NAMES`.
ALIASES = {
    "thalamus": "thalamusproper",
    "cerebellumcortex": "cerebellum",
    "3rdventricle": "thirdventricle",
    "4thventricle": "fourthventricle",
    "inflatvent": "inferiorlateralventricle",
    "corticalwhitematter": "cerebralwhitematter",
}
CEREBRAL_WHITE, CEREBELLAR_WHITE = "cerebralwhitematter", "cerebellumwhitematter"
TOTALS = {
    "etiv": "TIV",
    "estimatedtotalintracranial": "TIV",
    "totalintracranial": "TIV",
    "wmhypointensities": "WMH",
}
MIDDLE = ("brainstem", "thirdventricle", "fourthventricle", CEREBRAL_WHITE)  # without a hemisphere
SIDES = {"left": "L", "lh": "L", "right": "R", "rh": "R"}
NOT_IN_DKT = ("bankssts", "frontalpole", "temporalpole")
REQUIRED = ("thalamusproper", "caudate", "putamen", "pallidum", "hippocampus", "amygdala", "lateralventricle")
Volumes = dict[tuple[str, str], float]


def parse_label(label: str) -> tuple[str, str] | None:
    """Return hemisphere and label of a structure, as in `NAMES`, or None for a structure that is not used.

    Parameters
    ----------
    label : str
        Name of a row or column, such as `Left-Thalamus-Proper`, `ctx-lh-insula`, `lh_insula_volume`, `left amygdala`.

    Returns
    -------
    tuple of str or None
        `L`, `R` or empty, and a key of `NAMES`, `TIV`, `WMH` or a label of white matter.
    """
    words = re.split(r"[-_ ]+", label.strip().lower())
    side = next((SIDES[word] for word in words if word in SIDES), "")
    rest = "".join(word for word in words if word not in (*SIDES, "ctx", "volume")).removesuffix("vol")
    if rest in TOTALS:
        return None if side else ("", TOTALS[rest])
    rest = ALIASES.get(rest, rest)
    sided = rest in NAMES and rest not in MIDDLE or rest in (CEREBRAL_WHITE, CEREBELLAR_WHITE)
    return (side, rest) if (sided if side else rest in MIDDLE) else None


def check_regions(volumes: Volumes, scan: str) -> None:
    """Raise a `ScanFault` if a region of the parcellation is missing or empty.

    Parameters
    ----------
    volumes : dict of (str, str) to float
        Volumes in ml by hemisphere and label.
    scan : str
        Name of the scan, for the message.
    """
    cortex = [label for label in NAMES if label not in (*DEEP, *VENTRICLES)]
    if not any(label in NOT_IN_DKT for _, label in volumes):
        cortex = [label for label in cortex if label not in NOT_IN_DKT]
    wanted = [(side, label) for side in "LR" for label in (*cortex, *REQUIRED)]
    missing = [region_name(label, side) for side, label in wanted if not volumes.get((side, label))]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise ScanFault(
            f"{scan}: no volume of {', '.join(missing[:3])}{more} in its tables; provide aseg and aparc of both sides"
        )
