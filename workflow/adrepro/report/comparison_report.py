"""The comparison report: one HTML file made from tables and pictures, the same bytes each time."""

from pathlib import Path

from adrepro import __version__
from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.config.approaches import complete, explained_pairs
from adrepro.config.tasks import labels_used
from adrepro.core import step
from adrepro.core.errors import raise_all
from adrepro.core.files import read_json, read_table, write_json, write_text
from adrepro.report.compute_cost import cost_rows, duration
from adrepro.report.deidentify import without_names
from adrepro.report.figure_style import style
from adrepro.report.html import download, render
from adrepro.report.methods_text import cited, methods
from adrepro.report.model_notes import leaks, names_of, notes
from adrepro.report.provenance import provenance
from adrepro.report.reporting_checklists import TITLES, Facts, checklist
from adrepro.report.sections.interpretation import explained, strongest
from adrepro.report.sections.quality import quality_picture, quality_summary
from adrepro.report.sections.task import task_section

TABLES = {
    "metrics": ("value", "low", "high", "n_positive", "n_negative", "low_bca", "high_bca"),
    "differences": ("difference", "low", "high", "p_value", "p_adjusted", "p_bonferroni", "detectable"),
    "noninferiority": ("margin", "difference", "low", "high"),
    "proportions": ("count", "of", "wilson_low", "wilson_high", "exact_low", "exact_high"),
    "subgroups": ("value", "low", "high", "n_positive", "n_negative"),
    "curves": ("x", "y", "low", "high", "n"),
}


def rows_of(path: Path) -> list[dict]:
    """Rows of a table; none of one that was not made."""
    return read_table(path).to_dict("records") if path.exists() else []


def report(
    results: Path,
    comparison: Path,
    cohort: Path,
    benchmarks: Path,
    atlas: Path,
    reference: Path,
    out: Path,
    approaches: dict,
    config: dict,
    allow_leak: bool,
    simulated: bool,
    missing: list | None = None,
) -> None:
    """Write the report of what stands in `results` and in `comparison`, the folder with the tables compared.

    What the report says of its making goes to `study.json` beside the tables, for `compare_runs`.

    `approaches` lists the names per task, `config` is the study's configuration. `missing` has, for a run that is not
    complete, a row `task approach done folds reason` for each approach that lacks something.
    """
    certificate = read_json(results / "leakage.json") if (results / "leakage.json").exists() else None
    if certificate and not allow_leak:
        raise_all(
            leaks(certificate),
            "the leak certificate found a leak, and no report is written (allow_leak: true writes one, stamped)",
        )
    if missing:  # it was made of another state of the run
        certificate = None
    tables = {name: read_table(comparison / f"{name}.tsv", numbers) for name, numbers in TABLES.items()}
    every = complete(config)
    names = names_of(every)
    with style(config["report"]["font_size"]):
        tasks = [
            task_section(task, members, tables, results, config, names, simulated)
            for task, members in approaches.items()
        ]
    looks = explained(results, explained_pairs(config), approaches, every, names)
    people = read_sheet(cohort)
    external = sorted(people.loc[people["role"] == "external", "dataset"].unique())
    groups = sorted(tables["subgroups"]["variable"].unique())
    facts = Facts(
        config, list(approaches), [names[name] for name in every], sorted(people["dataset"].unique()), external, groups,
        bool(looks), simulated,
    )  # fmt: skip
    origins = {"atlas": read_json(atlas), "reference": read_json(reference)}
    paragraphs, citations = cited(methods(config, every, names, origins))
    costs = cost_rows(benchmarks, results, approaches, names) if config["report"]["cost"] else []
    scan, picture = quality_picture(results)
    made = provenance(results, cohort, config)
    write_json(comparison / "study.json", {**made, "approaches": approaches, "simulated": simulated})
    page = render(
        "report.html.j2",
        simulated=simulated,
        missing=missing or [],
        tasks=tasks,
        flow=rows_of(results / "cohort" / "flow.tsv"),
        excluded=rows_of(results / "cohort" / "excluded.tsv"),
        people=rows_of(results / "cohort" / "demographics.tsv"),
        balance=rows_of(results / "splits" / "balance.tsv"),
        quality=quality_summary(results / "cohort" / "quality.tsv"),
        scan=scan,
        picture=picture,
        looks=looks,
        strongest=strongest(looks),
        certificate=certificate,
        notes=notes(results, approaches, every),
        methods=paragraphs,
        citations=citations,
        costs=costs,
        total_cost=duration(sum(row["seconds"] for row in costs)) if costs else "",
        checklists={TITLES[name]: checklist(name, facts) for name in TITLES},
        provenance=made,
        downloads={f"{name}.tsv": download(comparison / f"{name}.tsv") for name in TABLES},
        external=external,
        labels=labels_used(config["tasks"]),
        names=names,
        config=config,
        version=__version__,
    )
    write_text(out, without_names(page, cohort) if config["share"] else page)


if __name__ == "__main__":
    step.run(report)
