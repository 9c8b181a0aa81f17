"""QC figure of imported regional volumes: left against right."""

from pathlib import Path

from adrepro.core.files import replacing

BLUE, ORANGE, GRAY = "#0072b2", "#e69f00", "#666666"


def draw_volumes(path: Path, volumes: dict[str, float]) -> None:
    """Write a bar chart of the regional volumes of both hemispheres and of the midline.

    Parameters
    ----------
    path : Path
        JPEG to write.
    volumes : dict of str to float
        Volume in ml by name of the region; names begin with `Left` or `Right`, or are of neither side.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    left = {name.removeprefix("Left "): ml for name, ml in volumes.items() if name.startswith("Left ")}
    right = {name.removeprefix("Right "): ml for name, ml in volumes.items() if name.startswith("Right ")}
    middle = {name: ml for name, ml in volumes.items() if not name.startswith(("Left ", "Right "))}
    names = sorted(set(left) | set(right) | set(middle), key=lambda name: (name in middle, name.lower()))
    figure, axis = plt.subplots(figsize=(8, 0.21 * len(names) + 1), layout="constrained")
    groups = ((-0.2, left, BLUE, "left"), (0.2, right, ORANGE, "right"), (0, middle, GRAY, "midline"))
    for offset, volumes_ml, color, label in groups:
        places = [place + offset for place, name in enumerate(names) if name in volumes_ml]
        axis.barh(places, [volumes_ml[name] for name in names if name in volumes_ml], 0.4, color=color, label=label)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.margins(y=0.01)
    axis.invert_yaxis()
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xlabel("volume (ml; logarithmic above 1 ml)")
    axis.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=90, format="jpg", pil_kwargs={"quality": 80})
    plt.close(figure)
