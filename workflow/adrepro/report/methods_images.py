"""Methods text on images: preprocessing, atlas, and change between visits."""

from typing import Any

from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Study

BRAIN_EXTRACTION = {
    "deepbet": "The brain was extracted by deepbet {deepbet}.",
    "atlas": "The brain was extracted by registration of the template's brain mask to the head.",
    "provided": "Brain masks were provided with the data.",
    "none": "The scans were already skull-stripped.",
    "hd-bet": "The brain was extracted by HD-BET {hd-bet}.",
}
REGISTRATION = {
    "torch": "a greedy diffeomorphic registration of gray and white matter",
    "ants": "SyN with {metric} (ANTs) {{ants}}",
    "fireants": "SyN by FireANTs {{fireants}}",
}
LESIONS = (
    " Clusters of gray matter that reach into the template's white matter were counted as white-matter lesions, which "
    "are part of white matter."
)
HALFWAY = (
    " Visits of a participant were aligned rigidly to their halfway space and registered to their mean, which was "
    "normalized to the template {longitudinal}; the volume of a region at a visit is that of the mean times the "
    "Jacobian determinant."
)
RATES = (
    " Rates of change are slopes over the visits{until} in percent of the mean volume per year. Only participants with "
    "two visits or more took part."
)


def image_methods(study: Study, origins: dict[str, dict[str, Any]]) -> str:
    """Return the methods of the images of a study: preprocessing, study grid, atlas, and change between visits.

    Parameters
    ----------
    study : Study
    origins : dict
        Provenance of `reference` (the template) and `atlas`.

    Returns
    -------
    str
        Sentences with `{key}` for each citation (see `citations.CITATIONS`).
    """
    return _images(study.settings, origins) + _visits(study)


def _images(settings: StudySettings, origins: dict[str, dict[str, Any]]) -> str:
    """Preprocessing, study grid and atlas."""
    reference = origins["reference"]
    if settings.derivatives and settings.derivatives.kind == "freesurfer":
        return (
            "Volumes of cortical and subcortical regions and of the intracranial space were computed by FreeSurfer, or "
            "by a tool with its regions (those of Desikan et al. 2006 and its subcortical segmentation), and used "
            "without further processing."
        )
    if settings.derivatives:
        preprocessing = (
            f"Gray matter and aligned scans were computed by other software ({settings.derivatives.kind}) and used "
            f"without further processing, in the template space {reference['space']}."
        )
    else:
        lesions = LESIONS if settings.segmentation.white_matter_lesions else ""
        engine, metric = settings.registration.engine, settings.registration.ants.metric
        preprocessing = (
            "Scans were corrected for intensity non-uniformity by N4 {n4}. "
            f"{BRAIN_EXTRACTION[settings.preprocessing.brain_extraction]} The brain was aligned to the template "
            f"{reference['space']} ({reference['source']}) by an affine registration. Gray matter, white matter and "
            "CSF were segmented by a mixture model of tissues and their partial volumes, with a bias field, local "
            f"means and the template's tissue maps as prior. Thalamus, striatum and pallidum, as far as the atlas of "
            f"Desikan et al. 2006 has them, were counted as gray matter.{lesions} The brain was normalized by "
            f"{REGISTRATION[engine].format(metric=metric)}, at "
            f"{settings.preprocessing.registration_resolution_mm:g} mm; gray matter was modulated by the Jacobian "
            "determinant."
        )
    grid = f"Images have voxels of {settings.resolution_mm:g} mm and the field of view of Wen et al. {{wen2020}}."
    further = f" Further atlases: {', '.join(settings.atlases)}." if settings.atlases else ""
    return f"{preprocessing} {grid} {_atlas(origins['atlas'], reference)}{further}"


def _visits(study: Study) -> str:
    """Change between visits, if an approach uses it."""
    if not study.rate_atlases:
        return ""
    months = study.settings.longitudinal.max_months
    rates = RATES.format(until=f" of the first {months:g} months" if months else "")
    return rates if study.derivatives_kind else HALFWAY + rates


def _atlas(atlas: dict[str, Any], reference: dict[str, Any]) -> str:
    """Regions, and caveats on their borders."""
    citation = f" ({atlas['citation']})" if atlas.get("citation") else ""
    text = f"Regions: {atlas['name']}, {atlas['regions']} regions{citation}."
    if atlas.get("note"):
        text = f"{text} {atlas['note']}"
    if atlas["name"] == "seeds":
        return f"{text} These are parcels around published coordinates, without anatomical borders."
    if atlas["space"] != reference["space"]:
        return (
            f"{text} The atlas was drawn in {atlas['space']} and used without conversion: borders may be off by "
            "millimeters."
        )
    return text
