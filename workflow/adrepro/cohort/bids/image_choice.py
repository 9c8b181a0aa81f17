"""Which T1w image of a session is used: entities of BIDS names that rule an image out or put it behind others."""

import re

ENTITY = re.compile(r"(?:^|_)([a-z]+)-([A-Za-z0-9]+)")
PARTS = {"phase": "the phase", "real": "the real part", "imag": "the imaginary part"}
SCOUT = re.compile(r"scout|locali[sz]er|survey", re.IGNORECASE)
CONTRAST = "after a contrast agent"
# Names that are no `_T1w.nii[.gz]`, and the remedy.
REMEDIES = (
    (re.compile(r"_T1w\.(mgz|mgh)$", re.IGNORECASE), "convert it to _T1w.nii.gz (mri_convert)"),
    (re.compile(r"_T1w\.(img|hdr)(\.gz)?$", re.IGNORECASE), "convert the pair of files to _T1w.nii.gz"),
    (re.compile(r"_T1w\.nii(\.gz)?$", re.IGNORECASE), "BIDS writes _T1w.nii or _T1w.nii.gz: rename it"),
    (
        re.compile(r"_T1w\.(nii\.(bz2|xz|zst|zip)|nrrd|mha|mhd|mnc|dcm)$", re.IGNORECASE),
        "convert it to _T1w.nii.gz",
    ),
)


def entities_of(name: str) -> dict[str, str]:
    """Return the entities of a BIDS file name, such as `{"sub": "01", "acq": "mprage"}`.

    Parameters
    ----------
    name : str
        Name of a file.
    """
    return dict(ENTITY.findall(name))


def almost_an_image(name: str) -> str:
    """Return the remedy for a file whose name is almost that of a T1w image; empty for others.

    Parameters
    ----------
    name : str
        Name of a file that does not end with `_T1w.nii` or `_T1w.nii.gz`.
    """
    return next((remedy for pattern, remedy in REMEDIES if pattern.search(name)), "")


def unsuitable(name: str) -> str:
    """Return why an image cannot be used at all: no magnitude, a scout, a part of MP2RAGE, a slab; else empty.

    Parameters
    ----------
    name : str
        Name of a T1w image.
    """
    found = entities_of(name)
    if found.get("part") in PARTS:
        return f"{PARTS[found['part']]} of the image"
    if "inv" in found:
        return "one inversion of MP2RAGE"
    if "chunk" in found:
        return "a part of the head (chunk)"
    return "a scout" if SCOUT.search(found.get("acq", "")) else ""


def drawback(name: str) -> str:
    """Return why another image of the session is preferred; empty for an image without a drawback.

    Parameters
    ----------
    name : str
        Name of a T1w image.
    """
    found = entities_of(name)
    if "ce" in found:
        return CONTRAST
    return f"echo {found['echo']}" if "echo" in found else ""


def preference(name: str) -> tuple[int, list[int | str]]:
    """Return the sort key of an image: those without a drawback first, then by name with numbers in order.

    Parameters
    ----------
    name : str
        Name of a T1w image.
    """
    rank = {"": 0, CONTRAST: 2}.get(drawback(name), 1)
    # Split by a group, texts and numbers alternate, so that like is compared with like.
    return rank, [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
