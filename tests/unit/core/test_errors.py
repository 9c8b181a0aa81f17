import errno
import os

import pytest

from adrepro.core.errors import SHOWN, SHOWN_LETTERS, UserError, describe_os_error, raise_if_any, suggest


def test_problems_are_listed_once_with_their_number():
    raise_if_any([], "a.tsv")
    with pytest.raises(UserError) as caught:
        raise_if_any(["line 2: x", "line 3: y", "line 2: x"], "a.tsv")
    assert str(caught.value) == "a.tsv: 2 problems\n  line 2: x\n  line 3: y"
    with pytest.raises(UserError, match="^a.tsv: 1 problem\n"):
        raise_if_any(iter(["line 2: x"]), "a.tsv")


def test_a_long_list_and_a_long_problem_are_cut():
    with pytest.raises(UserError) as caught:
        raise_if_any(["x" * 9999, *map(str, range(SHOWN + 6))], "a.tsv")
    lines = str(caught.value).splitlines()
    assert lines[0] == f"a.tsv: {SHOWN + 7} problems" and lines[-1] == "  and 7 more" and len(lines) == SHOWN + 2
    assert lines[1] == "  " + "x" * SHOWN_LETTERS + " ..."


def test_a_close_word_is_suggested_and_else_all_words_are_listed():
    assert suggest("atlass", ["atlas", "seed"]) == ", did you mean 'atlas'?"
    assert suggest("zzz", ["b", "a", 1]) == "; known: 1, a, b"


def test_errors_of_the_system_are_described_with_a_remedy():
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "results/a.npy")
    assert describe_os_error(full) == (
        "results/a.npy: No space left on device; check the path, the free space and the permissions"
    )
    assert "--cores" in describe_os_error(MemoryError()) and describe_os_error(UserError("a: b")) == "a: b"
