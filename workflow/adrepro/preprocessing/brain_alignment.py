"""Brain mask and affine alignment of a whole head or an extracted brain."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from adrepro.config.settings.images import BiasField, PreprocessingSettings
from adrepro.core.errors import ScanFault
from adrepro.imaging.volumes import Volume
from adrepro.preprocessing import brain_extraction as extraction
from adrepro.preprocessing.bias_field import remove_bias
from adrepro.preprocessing.brain_network import (
    MAX_TURN_DEGREES,
    from_deepbet,
    from_deepbet_straightened,
    turn_degrees,
)
from adrepro.preprocessing.initial_alignment import brain_center, dilate, find_affine, initial_translation
from adrepro.preprocessing.registration.ants_backend import register_affine

HEAD_ITERATIONS = 30  # of a further level of N4, for the registration of the template's mask to a head


def bias_for(settings: PreprocessingSettings, method: str) -> BiasField:
    """Return the settings of N4 for a method of brain extraction.

    The mask of the template is registered to a head of even brightness, which takes a further level.

    Parameters
    ----------
    settings : PreprocessingSettings
        Settings of N4.
    method : str
        Method of brain extraction, or `none` for skull-stripped scans.
    """
    if method != "atlas":
        return settings.bias
    return settings.bias.model_copy(update={"iterations": [*settings.bias.iterations, HEAD_ITERATIONS]})


@dataclass(frozen=True)
class Head:
    """A T1w scan before and after the correction of bias, native space.

    Attributes
    ----------
    original, corrected : Volume
        The scan.
    small_original, small : Volume
        Both at the resolution of registration.
    mask : ndarray of bool, shape (X, Y, Z)
        Head mask on the grid of `small`.
    """

    original: Volume
    corrected: Volume
    small_original: Volume
    small: Volume
    mask: np.ndarray

    def on_small(self, brain: np.ndarray) -> np.ndarray:
        """Return a brain mask of the scan on the grid of its coarse copy.

        Parameters
        ----------
        brain : ndarray of bool, shape (X, Y, Z)
            Brain mask on the grid of the scan.
        """
        return self.corrected.like(brain.astype(np.float32)).on(self.small.grid).data > 0.5


def align_brain(template: dict[str, Volume], head: Head, brain: np.ndarray, seed: int) -> np.ndarray:
    """Return the affine (4, 4) from template mm to scan mm, of a brain whose mask is known.

    Parameters
    ----------
    template : dict of str to Volume
        `T1w` and `mask` of the template.
    head : Head
        The scan.
    brain : ndarray of bool, shape (X, Y, Z)
        Brain mask on the grid of the scan.
    seed : int
        Random seed of ANTs.
    """
    inside = head.on_small(brain)
    alone = head.small.like(head.small.data * inside)
    return find_affine(template, alone, initial_translation(alone, inside, brain_center(template["mask"])), seed)


def extract_and_align(
    head: Head,
    template: dict[str, Volume],
    settings: PreprocessingSettings,
    seed: int,
    name: str,
    provided_mask: list[Path],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the brain mask of a whole head and the affine from template mm to scan mm.

    Where deepbet finds no brain, the mask of the template is used.

    Parameters
    ----------
    head : Head
        The scan.
    template : dict of str to Volume
        `T1w` and `mask` of the template.
    settings : PreprocessingSettings
        Bias field and brain extraction.
    seed : int
        Random seed of ANTs.
    name : str
        File name of the scan, for errors.
    provided_mask : list of Path
        Brain mask of this scan, native space; used for `brain_extraction: provided`.

    Returns
    -------
    brain : ndarray of bool, shape (X, Y, Z)
        Brain mask on the grid of the scan.
    affine : ndarray, shape (4, 4)

    Raises
    ------
    ScanFault
        If the scan has no provided mask, or a provided mask is unreadable or elsewhere.
    """
    method = settings.brain_extraction
    if method == "atlas":
        return _by_template(head, template, settings.brain_iterations, seed)
    if method == "provided":
        if not provided_mask:
            raise ScanFault(
                f"{name}: no mask of this scan in preprocessing.brain_masks; add it, or set brain_extraction: deepbet"
            )
        brain: np.ndarray | None = extraction.from_file(provided_mask[0], head.corrected)
    else:
        brain = extraction.from_hd_bet(head.corrected) if method == "hd-bet" else from_deepbet(head.original)
    if brain is not None:
        affine = align_brain(template, head, brain, seed)
        if method != "deepbet" or turn_degrees(affine) < MAX_TURN_DEGREES:
            return brain, affine
        brain = from_deepbet_straightened(head.original, affine)
        if brain is not None:
            return brain, align_brain(template, head, brain, seed)
    print("deepbet found no brain: the mask of the template is used")
    even, small = remove_bias(head.original, head.mask, head.small_original, bias_for(settings, "atlas"))
    return _by_template(replace(head, corrected=even, small=small), template, settings.brain_iterations, seed)


def _by_template(
    head: Head, template: dict[str, Volume], iterations: list[int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return mask and affine by registration of the template to the head."""
    start = initial_translation(head.small, head.mask, brain_center(template["mask"]))
    affine = find_affine(template, head.small, start, seed)
    brain = extraction.from_template(head.corrected, head.small, template, affine, iterations, seed)
    alone = head.small.like(head.small.data * head.on_small(brain))
    return brain, register_affine(template["T1w"], alone, dilate(template["mask"]), affine, seed, levels_mm=(4,))
