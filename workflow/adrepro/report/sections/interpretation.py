"""Section of the report on interpretation: weight maps, attribution maps and their sanity checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adrepro.config.settings.approaches import CnnApproach
from adrepro.config.study import Approach
from adrepro.core.tables import read_table
from adrepro.report.html import embed

TOP_REGIONS = 5  # per attribution method
MAIN_METHOD = "integrated gradients"


@dataclass(frozen=True)
class TopRegions:
    """Regions with the highest attribution by one method, each with its ratio to the brain mean."""

    method: str
    regions: list[str]


@dataclass(frozen=True)
class Explanation:
    """Maps of one approach on one task.

    Attributes
    ----------
    task, name : str
        Display names of the task and of the approach.
    picture : str
        `data:` URI of the maps.
    network : bool
        Whether they are attribution maps of CNNs; otherwise they are weights of a classical model.
    regions : list of TopRegions
        For CNNs only.
    checks : list of dict
        Rows `method correlation inside ratio auc` of the sanity checks, formatted; for CNNs only.
    """

    task: str
    name: str
    picture: str
    network: bool
    regions: list[TopRegions]
    checks: list[dict[str, str]]


def explanations(
    results: Path,
    explained: Sequence[tuple[str, str]],
    approaches: Mapping[str, Sequence[str]],
    settings_of: Mapping[str, Approach],
    names: Mapping[str, str],
    current: Callable[[Path], bool] = Path.exists,
) -> list[Explanation]:
    """Return the weight maps of classical models and the attribution maps of CNNs that exist.

    Parameters
    ----------
    results : Path
        Folder of the results.
    explained : sequence of tuple
        Task and approach of each CNN with attribution maps in this study.
    approaches : mapping
        Names of the approaches of each task.
    settings_of : mapping
        Complete settings of each approach.
    names : mapping
        Display names of the approaches.
    current : callable
        Whether a file exists and belongs to the current settings.

    Returns
    -------
    list of Explanation
        In the order of `approaches`.
    """
    entries = []
    for task, members in approaches.items():
        for name in members:
            folder = results / task / name
            network = isinstance(settings_of[name], CnnApproach)
            picture = folder / ("saliency/maps.jpg" if network else "weights.jpg")
            if not current(picture) or (network and (task, name) not in explained):
                continue
            entries.append(
                Explanation(
                    task=task.replace("_", " "),
                    name=names[name],
                    picture=embed(picture),
                    network=network,
                    regions=_top_regions(folder / "saliency") if network else [],
                    checks=_sanity_checks(folder / "saliency") if network else [],
                )
            )
    return entries


def main_regions(entries: Sequence[Explanation]) -> list[str]:
    """Return the region with the highest attribution of each CNN, with its ratio to the brain mean.

    Parameters
    ----------
    entries : sequence of Explanation

    Returns
    -------
    list of str
        By integrated gradients, or by the first method where those were not computed.
    """
    phrases = []
    for entry in (entry for entry in entries if entry.regions):
        top = next((own for own in entry.regions if own.method == MAIN_METHOD), entry.regions[0])
        phrases.append(f"{entry.name} ({entry.task}): {top.regions[0]} by {top.method}")
    return phrases


def _top_regions(folder: Path) -> list[TopRegions]:
    """Regions of `regions.tsv`, which is sorted by ratio within each method."""
    table = read_table(folder / "regions.tsv", ("ratio",))
    return [
        TopRegions(
            method=str(method).replace("_", " "),
            regions=[f"{row.region} ({row.ratio:.1f})" for row in own.head(TOP_REGIONS).itertuples()],
        )
        for method, own in table[table["ratio"].notna()].groupby("method", sort=False)
    ]


def _sanity_checks(folder: Path) -> list[dict[str, str]]:
    """Rows of `checks.tsv`: values of the trained networks, and of the same networks with random weights."""
    numbers = ("correlation", "inside_brain", "ground_truth_ratio", "ground_truth_auc")
    rows = []
    for method, own in read_table(folder / "checks.tsv", numbers).groupby("method", sort=False):
        own = own.set_index("weights")
        trained, random = own.loc["trained"], own.loc["random"]
        rows.append({
            "method": str(method).replace("_", " "), "correlation": _number(trained["correlation"]),
            "inside": f"{_number(trained['inside_brain'])} / {_number(random['inside_brain'])}",
            "ratio": f"{_number(trained['ground_truth_ratio'])} / {_number(random['ground_truth_ratio'])}",
            "auc": f"{_number(trained['ground_truth_auc'])} / {_number(random['ground_truth_auc'])}",
        })  # fmt: skip
    return rows


def _number(value: float) -> str:
    return f"{value:.2f}" if value == value else "n/a"
