"""Names of the regions of FreeSurfer, as neuroanatomists write them."""

SIDES = {"L": "Left", "R": "Right"}
NAMES = {
    "bankssts": "banks of the superior temporal sulcus",
    "caudalanteriorcingulate": "caudal anterior cingulate cortex",
    "caudalmiddlefrontal": "caudal middle frontal gyrus",
    "cuneus": "cuneus",
    "entorhinal": "entorhinal cortex",
    "fusiform": "fusiform gyrus",
    "inferiorparietal": "inferior parietal lobule",
    "inferiortemporal": "inferior temporal gyrus",
    "isthmuscingulate": "isthmus of the cingulate gyrus",
    "lateraloccipital": "lateral occipital cortex",
    "lateralorbitofrontal": "lateral orbitofrontal cortex",
    "lingual": "lingual gyrus",
    "medialorbitofrontal": "medial orbitofrontal cortex",
    "middletemporal": "middle temporal gyrus",
    "parahippocampal": "parahippocampal gyrus",
    "paracentral": "paracentral lobule",
    "parsopercularis": "pars opercularis",
    "parsorbitalis": "pars orbitalis",
    "parstriangularis": "pars triangularis",
    "pericalcarine": "pericalcarine cortex",
    "postcentral": "postcentral gyrus",
    "posteriorcingulate": "posterior cingulate cortex",
    "precentral": "precentral gyrus",
    "precuneus": "precuneus",
    "rostralanteriorcingulate": "rostral anterior cingulate cortex",
    "rostralmiddlefrontal": "rostral middle frontal gyrus",
    "superiorfrontal": "superior frontal gyrus",
    "superiorparietal": "superior parietal lobule",
    "superiortemporal": "superior temporal gyrus",
    "supramarginal": "supramarginal gyrus",
    "frontalpole": "frontal pole",
    "temporalpole": "temporal pole",
    "transversetemporal": "transverse temporal gyrus",
    "insula": "insula",
    "thalamusproper": "thalamus",
    "caudate": "caudate nucleus",
    "putamen": "putamen",
    "pallidum": "pallidum",
    "accumbensarea": "nucleus accumbens",
    "hippocampus": "hippocampus",
    "amygdala": "amygdala",
    "brainstem": "brain stem",
    "cerebellum": "cerebellar cortex",
    "lateralventricle": "lateral ventricle",
    "inferiorlateralventricle": "inferior lateral ventricle",
    "thirdventricle": "third ventricle",
    "fourthventricle": "fourth ventricle",
}
VENTRICLES = ("lateralventricle", "inferiorlateralventricle", "thirdventricle", "fourthventricle")
DEEP = (
    "thalamusproper",
    "caudate",
    "putamen",
    "pallidum",
    "accumbensarea",
    "hippocampus",
    "amygdala",
    "brainstem",
    "cerebellum",
)


def region_name(label: str, hemisphere: str) -> str:
    """Return the anatomical name of a region, such as `Left superior frontal gyrus`.

    Parameters
    ----------
    label : str
        Label of FreeSurfer in lower case without separators, a key of `NAMES`.
    hemisphere : str
        `L` or `R`; other values name a region of both sides.

    Raises
    ------
    KeyError
        If the label is unknown.
    """
    name = NAMES[label]
    return f"{SIDES[hemisphere]} {name}" if hemisphere in SIDES else name[0].upper() + name[1:]
