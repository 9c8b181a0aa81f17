import pytest

from adrepro.core.errors import ScanFault
from adrepro.preprocessing.derivatives.freesurfer_labels import NOT_IN_DKT, check_regions, parse_label
from freesurfer_folder import volumes_mm3


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Left-Thalamus-Proper", ("L", "thalamusproper")),
        ("left thalamus", ("L", "thalamusproper")),
        ("rh_parsorbitalis_volume", ("R", "parsorbitalis")),
        ("ctx-lh-transversetemporal", ("L", "transversetemporal")),
        ("Right-Accumbens-area", ("R", "accumbensarea")),
        ("4th-Ventricle", ("", "fourthventricle")),
        ("CorticalWhiteMatterVol", ("", "cerebralwhitematter")),
        ("eTIV", ("", "TIV")),
        ("Left-WM-hypointensities", None),
        ("Optic-Chiasm", None),
        ("BrainSegVolNotVent", None),
        ("hippocampus", None),  # without a side, as in tables of quality
    ],
)
def test_labels_of_all_tools_are_known(label, key):
    assert parse_label(label) == key


def test_a_region_that_is_missing_or_empty_is_named():
    volumes = {parse_label(name): mm3 / 1000 for name, mm3 in volumes_mm3(0).items()}
    check_regions(volumes, "sub-1")
    check_regions({key: ml for key, ml in volumes.items() if key[1] not in NOT_IN_DKT}, "sub-1")
    with pytest.raises(ScanFault, match="sub-1: no volume of Left frontal pole in its tables"):
        check_regions({key: ml for key, ml in volumes.items() if key != ("L", "frontalpole")}, "sub-1")
    with pytest.raises(ScanFault, match="no volume of Right hippocampus"):
        check_regions(volumes | {("R", "hippocampus"): 0.0}, "sub-1")
