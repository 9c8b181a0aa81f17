from adrepro.core.code_hash import bare_source, content_hash, imported


def test_comments_docstrings_and_blank_lines_do_not_count():
    one = 'def f(x):\n    """Say."""\n    # why\n    return x  # note\n'
    two = 'def f(x):\n    """Say it\n    otherwise."""\n\n    return x\n'
    assert bare_source(one) == bare_source(two)


def test_code_counts_and_so_does_a_hash_in_a_string():
    assert bare_source("a = '#1'\n") != bare_source("a = '#2'\n")


def test_imports_are_followed():
    assert {"imaging.grids", "imaging.spatial_transform", "imaging.volumes"} <= imported("preprocessing.normalize")
    assert "models.deep.trainer" not in imported("models.classical.fit_classical")


def test_the_hash_of_files_follows_names_and_contents_and_not_the_folder(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.j2").write_text("text")
    hashes = {content_hash([tmp_path / folder / "page.j2"]) for folder in ("a", "b")}
    (tmp_path / "b/page.j2").write_text("other")
    assert len(hashes) == 1 and content_hash([tmp_path / "b/page.j2"]) not in hashes
