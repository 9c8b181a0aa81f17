import pandas as pd

from adrepro.cohort.labels import diagnosis_problems, label_cohort, narrowest

COLUMNS = ["participant_id", "session_id", "diagnosis", "t1w", "months"]


def sheet(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).assign(dataset="A", role="study")


def test_a_cohort_in_any_order_gives_people_and_visits():
    people, visits = label_cohort(
        sheet(
            ("sub-2", "ses-M12", "AD", "b.nii", "12"),
            ("sub-2", "ses-M00", "MCI", "a.nii", "0"),
            ("sub-1", "n/a", "CN", "n/a", "n/a"),
            ("sub-3", "n/a", "n/a", "c.nii", "n/a"),
        ),
        36,
    )
    assert people[["participant_id", "label", "session_id", "reason"]].to_numpy().tolist() == [
        ["sub-1", "CN", "n/a", ""], ["sub-2", "pMCI", "ses-M00", ""], ["sub-2", "MCI", "ses-M00", ""],
        ["sub-3", "n/a", "n/a", "no diagnosis at any visit"],
    ]  # fmt: skip
    assert visits[["participant_id", "session_id", "label"]].to_numpy().tolist() == [
        ["sub-1", "n/a", "CN"], ["sub-2", "ses-M00", "pMCI"], ["sub-2", "ses-M00", "MCI"],
        ["sub-2", "ses-M12", "n/a"], ["sub-3", "n/a", "n/a"],
    ]  # fmt: skip


def test_a_label_has_a_baseline_of_its_own_the_first_with_a_scan():
    months = [(0, "n/a"), (12, "a.nii"), (36, "b.nii"), (60, "c.nii")]
    diagnoses = ["MCI", "MCI", "MCI", "AD"]
    rows = [("sub-1", f"ses-M{m}", d, scan, str(m)) for (m, scan), d in zip(months, diagnoses, strict=True)]
    people, _ = label_cohort(sheet(*rows), 36)
    assert people.set_index("label")["session_id"].to_dict() == {"pMCI": "ses-M36", "MCI": "ses-M12"}
    without = [("sub-1", f"ses-M{m}", d, "n/a", str(m)) for (m, _), d in zip(months, diagnoses, strict=True)]
    assert label_cohort(sheet(*without), 36)[0]["session_id"].tolist() == ["ses-M36", "ses-M0"]


def test_the_diagnosis_at_baseline_may_differ_from_that_of_the_visits():
    rows = sheet(("sub-1", "n/a", "CN", "a.nii", "0")).assign(diagnosis_bl="EMCI")
    people, _ = label_cohort(rows, 36)
    assert people["label"].tolist() == ["n/a"] and people["reason"].tolist() == [
        "EMCI at baseline, and MCI at no visit"
    ]


def test_two_diagnoses_at_baseline_are_told():
    rows = sheet(("sub-1", "a", "CN", "a.nii", "0"), ("sub-1", "b", "CN", "a.nii", "1")).assign(
        diagnosis_bl=["CN", "AD"]
    )
    (problem,) = diagnosis_problems(rows, {}, [])
    assert problem.startswith("sub-1: diagnosis_bl is AD and CN")


def test_the_narrowest_label_stands_for_a_participant():
    table = pd.DataFrame({"participant_id": ["a", "a", "b", "c"], "label": ["MCI", "sMCI", "MCI", "CN"]})
    assert narrowest(table)["label"].tolist() == ["sMCI", "MCI", "CN"]
