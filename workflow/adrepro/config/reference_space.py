"""Template, atlas and imported derivatives of a study, and the names of maps in template space."""

import re
from dataclasses import dataclass

from adrepro.config.settings.images import OwnAtlas, OwnTemplate
from adrepro.config.settings.study import StudySettings

DARTEL_KINDS = ("caps", "oasis_dartel")
BUILT_IN_TEMPLATE, BUILT_IN_SPACE = "mni152-2009a", "MNI152NLin2009aSym"
DEFAULT_ATLAS = "desikan-killiany"


@dataclass(frozen=True)
class StackedImage:
    """Maps that are stacked: the end of their file names, Gaussian smoothing (mm) and histogram equalization."""

    suffix: str
    smoothing_fwhm_mm: float = 0
    equalize: bool = False


def label_of(atlas: str) -> str:
    """Return the BIDS label of an atlas in file names.

    Parameters
    ----------
    atlas : str
        Name of the atlas.
    """
    return re.sub("[^A-Za-z0-9]", "", atlas)


class ReferenceSpace:
    """Reference space of a study, and the names of its files.

    Parameters
    ----------
    settings : StudySettings
        Validated settings.
    """

    def __init__(self, settings: StudySettings) -> None:
        self.settings = settings

    @property
    def template_name(self) -> str:
        """Name of the template: that of nilearn, of TemplateFlow (with its prefix) or of the user's own."""
        reference = self.settings.reference
        return reference.name if isinstance(reference, OwnTemplate) else reference

    @property
    def space(self) -> str:
        """BIDS label of the template space."""
        if self.template_name == BUILT_IN_TEMPLATE:
            return BUILT_IN_SPACE
        return self.template_name.removeprefix("templateflow-")

    @property
    def space_entities(self) -> str:
        """BIDS entities of maps on the study grid, such as `space-MNI152NLin2009aSym_res-1p5`."""
        return f"space-{self.space}_res-{self.settings.resolution_mm:g}".replace(".", "p")

    @property
    def atlas_name(self) -> str:
        """Name of the atlas as the configuration gives it."""
        atlas = self.settings.atlas
        return atlas.name if isinstance(atlas, OwnAtlas) else atlas

    @property
    def atlas_label(self) -> str:
        """BIDS label of the atlas in file names."""
        return label_of(self.atlas_name)

    @property
    def atlases(self) -> dict[str, str]:
        """Names of all atlases by their BIDS label: that of the study, then the further ones."""
        return {label_of(name): name for name in (self.atlas_name, *self.settings.atlases)}

    @property
    def derivatives_kind(self) -> str | None:
        """Layout of the derivatives that take the place of preprocessing; None where scans are preprocessed here."""
        return self.settings.derivatives.kind if self.settings.derivatives else None

    @property
    def derived_from(self) -> dict[str, str]:
        """Whether `template` and `atlas` were made of `participants` of this study or of `others`."""
        derivatives, reference, atlas = self.settings.derivatives, self.settings.reference, self.settings.atlas
        template = reference.derived_from if isinstance(reference, OwnTemplate) else "others"
        if derivatives:
            template = "participants" if derivatives.kind in DARTEL_KINDS else template
            template = derivatives.template_derived_from or template
        return {"template": template, "atlas": atlas.derived_from if isinstance(atlas, OwnAtlas) else "others"}

    @property
    def stacked_images(self) -> dict[str, StackedImage]:
        """Maps of all scans that are stacked into one array, by name: smoothed GM for SVMs, the others for CNNs."""
        t1w = f"{self.space_entities}_desc-preproc_T1w.nii.gz"
        gm = f"{self.space_entities}_label-GM_desc-modulated_probseg.nii.gz"
        return {
            "T1w": StackedImage(t1w),
            "T1w_equalized": StackedImage(t1w, equalize=True),
            "GM": StackedImage(gm, smoothing_fwhm_mm=self.settings.gm_smoothing_fwhm_mm),
            "GM_unsmoothed": StackedImage(gm),
        }
