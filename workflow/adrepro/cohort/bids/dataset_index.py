"""Visits of a BIDS dataset with the clinical values of its tables."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from adrepro.cohort.bids.bids_index import find_scans, read_participants
from adrepro.cohort.bids.image_choice import drawback
from adrepro.cohort.bids.likely_names import likely
from adrepro.cohort.bids.visits import Visit, visits_of
from adrepro.cohort.cohort_sheet import PARTICIPANT, row_problems
from adrepro.cohort.tables.clinical_presets import CLINICAL, EXTRA, Preset
from adrepro.cohort.tables.clinical_table import ClinicalTable, differences
from adrepro.core.errors import UserError
from adrepro.core.files import MISSING
from adrepro.core.user_tables import LINE


@dataclass
class Dataset:
    """A BIDS dataset to add to the sheet.

    Attributes
    ----------
    folder : Path
        Folder of the dataset.
    name : str
        Name in the column `dataset`.
    role : str
        `study` or `external`.
    preset : Preset
        Columns and rules of its tables.
    prefix : str
        Letters and digits to insert after `sub-` of its ids.
    tables : list of Path
        Clinical tables to join, in order of preference.
    entities : dict of str to str
        Entities that the names of its images must hold, such as `{"acq": "mprage"}`.
    """

    folder: Path
    name: str
    role: str
    preset: Preset
    prefix: str = ""
    tables: list[Path] = field(default_factory=list)
    entities: dict[str, str] = field(default_factory=dict)


@dataclass
class CohortIndex:
    """What is known of a dataset.

    Attributes
    ----------
    rows : list of dict
        Rows of the sheet.
    excluded : list of tuple
        Rows of the excluded table.
    conflicts : list of tuple
        Rows of the table of values on which two tables disagree.
    problems : list of str
        Problems that prevent a sheet.
    columns : set of str
        Columns of the input tables.
    notes : list of str
        Ids that were joined with a folder of another spelling, and images with a drawback that have no alternative.
    withheld : Counter of str
        Later visits without a value of their own, by a value that a table gives once for the participant.
    """

    rows: list[dict[str, str]] = field(default_factory=list)
    excluded: list[tuple[str, str, str]] = field(default_factory=list)
    conflicts: list[tuple[str, ...]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    withheld: Counter[str] = field(default_factory=Counter)


def index_dataset(
    dataset: Dataset, base: Path, tables: list[ClinicalTable], keep: list[str], tables_first: bool = False
) -> CohortIndex:
    """Index one dataset.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    base : Path
        Folder of the sheet; paths of scans are relative to it.
    tables : list of ClinicalTable
        Clinical tables to join, in order of preference.
    keep : list of str
        Further columns for the sheet.
    tables_first : bool
        Whether clinical tables come before the tables of the dataset.

    Returns
    -------
    CohortIndex
        Rows, exclusions and problems of the dataset.
    """
    found = CohortIndex()
    people: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}  # as `participants.tsv` has them
    present = sorted(path.name for path in dataset.folder.glob("sub-*") if path.is_dir())
    source = dataset.folder / "participants.tsv"
    try:
        header, table = read_participants(dataset.folder)
    except UserError as error:
        return CohortIndex(problems=[str(error)])
    found.columns.update(header)
    exact = {person["participant_id"] for person in table}
    for person in table:
        given = person["participant_id"]
        # A folder that another row names exactly is that person's.
        folders = likely(given, [name for name in present if name == given or name not in exact])
        folders = [given] if PARTICIPANT.fullmatch(given) and len(folders) != 1 else folders
        participant = folders[0] if len(folders) == 1 else given
        person = {**person, "participant_id": participant}
        before = people.setdefault(participant, person)
        if len(folders) > 1:
            found.problems.append(
                f"{source} line {person[LINE]}: participant_id {given!r} may be {' or '.join(folders)}; write which"
            )
        elif not PARTICIPANT.fullmatch(participant):
            hint = f"; did you mean sub-{given}?" if PARTICIPANT.fullmatch(f"sub-{given}") else ""
            found.problems.append(
                f"{source} line {person[LINE]}: participant_id {given!r} must match sub-[A-Za-z0-9]+"
                f"{hint or '; rename it and its folder'}"
            )
        elif names.setdefault(participant, given) != given:
            found.problems.append(
                f"{source} line {person[LINE]}: {names[participant]} (line {before[LINE]}) and {given} are both "
                f"{participant}; keep one row"
            )
        elif other := differences(person, before):
            found.problems.append(
                f"{source} line {person[LINE]}: {participant} appears twice, and {other} differ from line "
                f"{before[LINE]}; it holds a row for each participant: write values of visits into "
                f"{participant}/{participant}_sessions.tsv, with a column session_id, or a table for --table"
            )
    for participant, person in people.items():
        if PARTICIPANT.fullmatch(participant):
            more = [table.of(participant, names.get(participant, "")) for table in tables]
            if names.get(participant, participant) != participant:
                found.notes.append(f"{names[participant]} of participants.tsv is the folder {participant}")
            one = visits_of(dataset.folder, person, dataset.preset, more, tables_first, dataset.entities)
            found.problems += one.problems
            found.columns |= one.columns
            found.excluded += [(_name(dataset, participant), MISSING, reason) for reason in one.ignored]
            _add_visits(dataset, participant, one.visits, base, keep, found)
    for folder in present:
        if folder not in people and find_scans(dataset.folder, folder)[0]:
            found.excluded.append((_name(dataset, folder), MISSING, "has images and no row in participants.tsv"))
    found.columns |= {column for table in tables for column in table.header}
    return found


def _name(dataset: Dataset, participant: str) -> str:
    """Return the id of a participant in the sheet."""
    return f"sub-{dataset.prefix}{participant.removeprefix('sub-')}"


def _add_visits(
    dataset: Dataset, participant: str, visits: list[Visit], base: Path, keep: list[str], found: CohortIndex
) -> None:
    """Add the visits of one participant to the rows of the sheet, or to the excluded ones with a reason."""
    name = _name(dataset, participant)
    if not any(visit.images for visit in visits):
        found.excluded.append((name, MISSING, "no T1w image in the dataset"))
    if dataset.preset.needs_date and all(visit.values("date") == MISSING for visit in visits):
        found.excluded.append((name, MISSING, "no examination date at any visit"))
        return
    excluded = {visit.values("diagnosis_bl") for visit in visits} & set(dataset.preset.not_at_baseline)
    for visit in visits:
        values, images = visit.values, visit.images
        if excluded:
            found.excluded.append((name, visit.session, f"{min(excluded)} at baseline"))
            continue
        if reason := values.exclusion_reason():
            found.excluded.append((name, visit.session, reason))
            continue
        for other in images[1:]:
            why = f" ({drawback(other.name)})" if drawback(other.name) else ""
            reason = f"{other.name}{why}: {images[0].name} of this session comes first"
            found.excluded.append((name, visit.session, reason))
        if images and drawback(images[0].name):
            found.notes.append(f"{images[0].name} is {drawback(images[0].name)}, and no other image of its session")
        row = {
            "participant_id": name,
            "session_id": visit.session,
            "dataset": dataset.name,
            "role": dataset.role,
            "t1w": Path(os.path.relpath(images[0].absolute(), base)).as_posix() if images else MISSING,
            **{kind: values(kind) for kind in CLINICAL},
            "diagnosis": values.diagnosis(),
            "months": visit.months,
            **{kind: values(kind) for kind in (*EXTRA, *keep) if kind in keep or values(kind) != MISSING},
        }
        where = f"{dataset.folder}, {name} {visit.session} ({visit.source})"
        found.problems += [f"{where}: {problem}" for problem in row_problems(row)]
        found.withheld.update(kind for kind in (*CLINICAL, *keep) if values.withheld(kind))
        found.conflicts += [(name, visit.session, *conflict) for conflict in values.contradictions()]
        found.rows.append(row)
