"""Comparison report: one HTML file from tables and pictures, the same bytes for the same inputs."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from adrepro.cohort.cohort_sheet import read_sheet
from adrepro.cohort.leakage_checks import failed_checks
from adrepro.config.reference_space import DEFAULT_ATLAS, label_of
from adrepro.config.settings.study import StudySettings
from adrepro.config.study import Study
from adrepro.core import step
from adrepro.core.errors import raise_if_any
from adrepro.core.files import read_json, write_json, write_text
from adrepro.core.tables import read_table
from adrepro.evaluation.score_tables import scores_digest
from adrepro.report.citations import number_citations
from adrepro.report.compute_cost import cost_rows, duration
from adrepro.report.deidentify import deidentify_html
from adrepro.report.figure_style import style
from adrepro.report.html import download, render
from adrepro.report.incomplete_run import IncompleteRun
from adrepro.report.methods_text import methods
from adrepro.report.model_notes import display_names, model_notes
from adrepro.report.provenance import provenance
from adrepro.report.reporting_checklists import TITLES, StudyFacts, checklist
from adrepro.report.sections.interpretation import explanations, main_regions
from adrepro.report.sections.leakage import similarity_figure
from adrepro.report.sections.quality import quality_picture, quality_summary
from adrepro.report.sections.task import task_section

# Tables of the comparison, and their columns of numbers.
TABLES = {
    "metrics": ("value", "low", "high", "n_positive", "n_negative", "low_bca", "high_bca"),
    "differences": ("difference", "low", "high", "p_value", "p_adjusted", "p_bonferroni", "detectable"),
    "noninferiority": ("margin", "difference", "low", "high"),
    "proportions": ("count", "of", "wilson_low", "wilson_high", "exact_low", "exact_high"),
    "subgroups": ("value", "low", "high", "n_positive", "n_negative"),
    "curves": ("x", "y", "low", "high", "n"),
}


def comparison_report(
    results: Path,
    comparison: Path,
    cohort: Path,
    benchmarks: Path,
    atlas: Path,
    reference: Path,
    out: Path,
    approaches: dict[str, list[str]],
    settings: StudySettings,
    simulated: bool,
    incomplete: IncompleteRun | None = None,
) -> None:
    """Write the comparison report.

    Parameters
    ----------
    results, comparison : Path
        Folder of the results, and of the tables of the comparison (input). `study.json` is written beside the tables,
        with versions, checksums and settings, for `compare_runs` (output).
    cohort : Path
        Cohort sheet (input).
    benchmarks : Path
        Folder of Snakemake's benchmark files (input).
    atlas, reference : Path
        Provenance of the atlas and of the template, JSON (input).
    out : Path
        HTML page (output).
    approaches : dict
        Names of the approaches of each task.
    settings : StudySettings
        Settings of the study, with file names in place of paths.
    simulated : bool
        Whether the images are simulated.
    incomplete : IncompleteRun, optional
        State of a run that is not complete. The leakage checks are then omitted, since they belong to another state.

    Raises
    ------
    UserError
        If the leakage checks failed, unless `allow_leak` is set.
    """

    def current(path: Path) -> bool:
        return path.exists() and (incomplete is None or path.as_posix() in incomplete.current)

    def rows_of(path: Path) -> list[dict[str, str]]:
        return read_rows(path) if current(path) else []

    leakage = None if incomplete else _leakage_checks(results / "leakage.json", settings.allow_leak)
    tables = {name: read_table(comparison / f"{name}.tsv", numbers) for name, numbers in TABLES.items()}
    study = Study(settings)
    names = display_names(study.approaches)
    with style(settings.report.font_size):
        tasks = [
            task_section(task, members, tables, results, study, names, simulated)
            for task, members in approaches.items()
        ]
        pairs = results / "cohort" / "similarity.tsv"
        similarity = similarity_figure(pairs, simulated) if current(pairs) else ""
    maps = explanations(results, study.explained, approaches, study.approaches, names, current)
    facts = _study_facts(cohort, tables["subgroups"], settings, approaches, names, bool(maps), simulated)
    origins = {"atlas": read_json(atlas), "reference": read_json(reference)}
    paragraphs, citations = number_citations(methods(study, names, origins))
    folds = settings.splits.folds
    readable = [row["scan"] for row in rows_of(results / "cohort" / "readable.tsv") if row["status"] == "ok"]
    atlases = sorted({label_of(DEFAULT_ATLAS), *study.atlases})
    costs = cost_rows(benchmarks, results, approaches, names, folds, readable, atlases) if settings.report.cost else []
    scan, picture = quality_picture(results) if current(results / "cohort" / "included.tsv") else ("", "")
    record = provenance(results, cohort, settings)
    scores = scores_digest(results, approaches, folds)
    write_json(
        comparison / "study.json", {**record, "approaches": approaches, "simulated": simulated, "scores": scores}
    )
    page = render(
        "report.html.j2",
        simulated=simulated,
        missing=incomplete.unfinished if incomplete else [],
        tasks=tasks,
        flow=rows_of(results / "cohort" / "flow.tsv"),
        excluded=[*rows_of(results / "cohort" / "excluded.tsv"), *rows_of(results / "cohort" / "left_out.tsv")],
        demographics=rows_of(results / "cohort" / "demographics.tsv"),
        balance=rows_of(results / "splits" / "balance.tsv"),
        quality=quality_summary(table) if current(table := results / "cohort" / "quality.tsv") else None,
        scan=scan,
        picture=picture,
        explanations=maps,
        main_regions=main_regions(maps),
        leakage=leakage,
        similarity=similarity,
        notes=model_notes(results, approaches, study.approaches, folds),
        methods=paragraphs,
        citations=citations,
        costs=costs,
        total_cost=duration(sum(row.seconds for row in costs)) if costs else "",
        checklists={TITLES[name]: checklist(name, facts) for name in TITLES},
        provenance=record,
        downloads={f"{name}.tsv": download(comparison / f"{name}.tsv") for name in TABLES},
        external=facts.external,
        names=names,
        config=record["config"],
        confidence=f"{100 * settings.bootstrap.confidence_level:g} %",
    )
    write_text(out, deidentify_html(page, cohort) if settings.deidentify else page)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a TSV file as text by column; an empty list if there is no such file.

    Parameters
    ----------
    path : Path
        TSV file.

    Returns
    -------
    list of dict
    """
    return read_table(path).to_dict("records") if path.exists() else []


def _leakage_checks(path: Path, allow_leak: bool) -> dict[str, Any] | None:
    """Return the leakage checks, or None if there are none yet; raise a `UserError` if they failed."""
    if not path.exists():
        return None
    leakage = read_json(path)
    if not allow_leak:
        raise_if_any(
            failed_checks(leakage["checks"]),
            "the leakage checks failed, so no report is written (allow_leak: true writes it, with a banner)",
        )
    return leakage


def _study_facts(
    cohort: Path,
    subgroups: pd.DataFrame,
    settings: StudySettings,
    tasks: Iterable[str],
    names: dict[str, str],
    explained: bool,
    simulated: bool,
) -> StudyFacts:
    """Return the facts that the reporting checklists use."""
    sheet = read_sheet(cohort)
    return StudyFacts(
        settings=settings,
        tasks=list(tasks),
        approaches=list(names.values()),
        datasets=sorted(sheet["dataset"].unique()),
        external=sorted(sheet.loc[sheet["role"] == "external", "dataset"].unique()),
        subgroups=sorted(subgroups["variable"].unique()),
        explained=explained,
        simulated=simulated,
    )


if __name__ == "__main__":
    step.run(comparison_report)
