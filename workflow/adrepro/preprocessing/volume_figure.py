"""QC figure of imported regional volumes: left against right."""

from pathlib import Path

from adrepro.core.files import replacing

BLUE, ORANGE = "#0072b2", "#e69f00"


def draw_volumes(path: Path, volumes: dict[str, float]) -> None:
    """Write a bar chart of regional volumes, in which a failed region or swapped sides are seen at a glance.

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
    for offset, sides, color, label in ((-0.2, left, BLUE, "left"), (0.2, right, ORANGE, "right")):
        values = [sides.get(name, middle.get(name, 0.0) if sides is left else 0.0) for name in names]
        axis.barh([place + offset for place in range(len(names))], values, 0.4, color=color, label=label)
    axis.set_yticks(range(len(names)), names, fontsize=8)
    axis.invert_yaxis()
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xlabel("volume (ml; logarithmic above 1 ml)")
    axis.legend(frameon=False)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=90, format="jpg", pil_kwargs={"quality": 80})
    plt.close(figure)
