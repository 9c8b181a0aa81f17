"""Within-person template: mean of the visits of a person in their halfway space, and the change of each from it."""

from pathlib import Path

import numpy as np

from adrepro.config.settings.longitudinal import LongitudinalSettings
from adrepro.config.settings.registration import RegistrationSettings
from adrepro.core import step
from adrepro.core.files import write_json
from adrepro.imaging.spatial_transform import load_transform, save_affine, save_warps
from adrepro.imaging.volumes import Volume, load, save
from adrepro.preprocessing.longitudinal.halfway_space import (
    TISSUES,
    Visit,
    common_grid,
    from_halfway,
    mean_affine,
    on_grid,
    resampled,
)
from adrepro.preprocessing.longitudinal.visit_agreement import Agreement, same_head
from adrepro.preprocessing.longitudinal.visit_figure import draw_visits
from adrepro.preprocessing.reference.maps import load_reference
from adrepro.preprocessing.registration.engines import register
from adrepro.preprocessing.registration.torch_backend import register_tissues

NEAR = 0.02  # of the sum of the mean tissues: the brain and what is next to it


def within_person(
    scans: list[str],
    corrected: list[Path],
    gm: list[Path],
    wm: list[Path],
    csf: list[Path],
    affines: list[Path],
    reference: Path,
    mean_gm: Path,
    mean_wm: Path,
    mean_csf: Path,
    affine: Path,
    warp: Path,
    inverse_warp: Path,
    jacobians: Path,
    record: Path,
    picture: Path,
    settings: LongitudinalSettings,
    registration: RegistrationSettings,
    device: str,
    seed: int,
) -> None:
    """Write the mean tissue maps of a person's visits, their warp to template space, and the change of each visit.

    Parameters
    ----------
    scans : list of str
        Visits in the order of time.
    corrected : list of Path
        Bias-corrected T1w scan of each visit, native space (input).
    gm, wm, csf : list of Path
        Tissue probability maps of each visit, native space (input).
    affines : list of Path
        JSON with the affine from template to scan of each visit (input).
    reference : Path
        Folder with the maps of the template at the resolution of registration (input).
    mean_gm, mean_wm, mean_csf : Path
        Mean tissue maps in the halfway space (output).
    affine : Path
        JSON with the affine from template mm to mm of the halfway space (output).
    warp, inverse_warp : Path
        Displacement fields in mm, template space (output).
    jacobians : Path
        Volume of each visit per volume of the mean, halfway space, (X, Y, Z, visits) (output).
    record : Path
        JSON to write: `visits`, a rigid transform from the halfway space and an overlap for each scan that was used,
        and `left_out`, a reason for each that was not (output).
    picture : Path
        JPEG of the first and the last visit and of the change between them (output).
    settings : LongitudinalSettings
        Voxel size, smallest overlap, and registration of visits.
    registration : RegistrationSettings
        Registration of the mean to the template.
    device : {"auto", "cpu", "cuda"}
        Device of the registration to the template.
    seed : int
        Random seed of ANTs.

    Raises
    ------
    ScanFault
        If a registration fails.

    References
    ----------
    Reuter et al. 2012, NeuroImage 61:1402; Ashburner and Ridgway 2013, Frontiers in Neuroscience 6:197.
    """
    visits = [
        Visit(scan, {name: load(path) for name, path in zip(TISSUES, paths, strict=True)}, load_transform(at).affine)
        for scan, *paths, at in zip(scans, gm, wm, csf, affines, strict=True)
    ]
    found = same_head(visits, settings.min_overlap, seed)
    used = [visits[number] for number in found.between]
    transforms = from_halfway(list(found.between.values()))
    grid = common_grid(used, transforms, settings.voxel_mm)
    maps = [on_grid(visit, matrix, grid) for visit, matrix in zip(used, transforms, strict=True)]
    mean = {name: Volume(np.mean([own[name].data for own in maps], axis=0), grid.affine) for name in TISSUES}
    changes = [np.ones(grid.shape, dtype=np.float32)]
    if len(used) > 1:
        brain = mean["GM"].like((np.sum([part.data for part in mean.values()], axis=0) > NEAR).astype(np.float32))
        warps = (register_tissues(mean, brain, own, np.eye(4), settings.registration, "cpu") for own in maps)
        changes = [transform.jacobian(grid) for transform in warps]
    to_mean = mean_affine([np.linalg.inv(m) @ v.affine for v, m in zip(used, transforms, strict=True)])
    template, near = load_reference(reference)
    image = Visit("mean", mean, to_mean).image(settings.voxel_mm)
    to_template = register(template, near, image, mean, to_mean, registration, device, seed)
    ends = [load(corrected[number]) for number in (min(found.between), max(found.between))]
    first, last = (resampled(scan, transforms[end], grid) for end, scan in zip((0, -1), ends, strict=True))
    draw_visits(picture, first, last, mean, changes[0], changes[-1], to_template)
    for name, path in zip(TISSUES, (mean_gm, mean_wm, mean_csf), strict=True):
        save(path, mean[name], dtype=np.uint16)
    save_affine(affine, to_mean, to="halfway-space mm")
    save_warps(to_template, warp, inverse_warp)
    save(jacobians, Volume(np.stack(changes, axis=-1), grid.affine))
    write_json(record, describe(visits, found, transforms, settings.min_overlap))


def reason(overlap: float, min_overlap: float) -> str:
    """Return why a visit was left out.

    Parameters
    ----------
    overlap : float
        Its overlap with the reference visit.
    min_overlap : float
        Overlap from which two visits show one head.
    """
    if overlap >= min_overlap:
        return "no head is shown by more than half of the visits; compare their QC figures"
    return (
        f"overlap of gray and white matter with other visits is {overlap:.2f}, expected {min_overlap:g} or more: one "
        "of them may show someone else; compare their QC figures"
    )


def describe(visits: list[Visit], found: Agreement, transforms: list[np.ndarray], min_overlap: float) -> dict:
    """Return the record of the visits: rigid transforms and overlaps, and why visits were left out.

    Parameters
    ----------
    visits : list of Visit
    found : Agreement
    transforms : list of ndarray, shape (4, 4)
        From the halfway space to each visit that is used, mm.
    min_overlap : float
        Overlap from which two visits show one head.
    """
    used = dict(zip(found.between, transforms, strict=True))
    return {
        "maps": "halfway-space mm to T1w mm (RAS+)",
        "visits": {
            visits[n].name: {"matrix": np.round(m, 8).tolist(), "overlap": round(found.overlaps[n], 4)}
            for n, m in used.items()
        },
        "left_out": {
            visit.name: reason(found.overlaps[n], min_overlap) for n, visit in enumerate(visits) if n not in used
        },
    }


if __name__ == "__main__":
    step.run(within_person)
