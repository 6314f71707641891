"""From patterns to files."""

import os
from pathlib import Path

import pytest

from reports.read.files import find_files


@pytest.fixture
def tree(tmp_path):
    """A folder with report files, a hidden one, and names that look like patterns."""
    for name in ("b/2.xml", "a/1.xml", "a/deep/er/3.xml", ".hidden/4.xml", "a/other.txt", "a/x[1].xml", "com.X#t.xml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "a" / "folder.xml").mkdir()
    return tmp_path


def names(found, base):
    return [os.path.relpath(path, base) for path in found.files]


def test_patterns_that_match_nothing_are_named(tree):
    """A glob without a match is in `empty`; its twin with a match is not."""
    found = find_files(["nothing/**/*.xml", "a/*.xml", "b/*.yaml"], tree)
    assert found.empty == ("nothing/**/*.xml", "b/*.yaml")
    assert names(found, tree) == ["a/1.xml", "a/x[1].xml"]


def test_no_patterns_find_nothing(tree):
    """Neither files nor empty patterns."""
    assert find_files([], tree) == find_files(iter(()), tree)
    assert find_files([], tree).files == ()


def test_a_literal_path_is_a_file_even_where_it_is_missing(tree):
    """Reading it says why; it is not silently dropped."""
    found = find_files(["missing.xml"], tree)
    assert (found.empty, names(found, tree)) == ((), ["missing.xml"])


def test_double_stars_cross_folders_in_a_fixed_order(tree):
    """Sorted by path, hidden folders included, folders left out."""
    found = find_files(["**/*.xml"], tree)
    assert names(found, tree) == [".hidden/4.xml", "a/1.xml", "a/deep/er/3.xml", "a/x[1].xml", "b/2.xml", "com.X#t.xml"]


def test_a_path_that_looks_like_a_pattern_is_taken_as_it_is(tree):
    """`x[1].xml` exists and is meant."""
    assert names(find_files(["a/x[1].xml"], tree), tree) == ["a/x[1].xml"]
    assert names(find_files(["a/[1].xml"], tree), tree) == ["a/1.xml"]


def test_each_file_comes_once(tree):
    """Several patterns, links and other spellings lead to one file."""
    (tree / "link.xml").symlink_to(tree / "b" / "2.xml")
    (tree / "linked").symlink_to(tree / "b")
    found = find_files(["b/2.xml", "b/*.xml", "./b/../b/2.xml", "*.xml", "linked/*.xml"], tree)
    assert names(found, tree) == ["b/2.xml", "com.X#t.xml"]


def test_absolute_patterns_and_odd_folders(tree, monkeypatch):
    """An absolute pattern ignores the base; a base with wildcard characters in its name is no pattern."""
    odd = tree / "base[0]"
    odd.mkdir()
    (odd / "r.xml").write_text("x")
    assert names(find_files(["*.xml"], odd), odd) == ["r.xml"]
    assert names(find_files([f"{tree}/b/*.xml"], odd), tree) == ["b/2.xml"]
    monkeypatch.chdir(tree)
    assert find_files(["b/*.xml"]).files == (Path("b/2.xml"),)


def test_loops_of_links_and_impossible_names(tree):
    """A link to itself and a null character end in a file that can't be read, not in an exception."""
    (tree / "loop.xml").symlink_to("loop.xml")
    assert names(find_files(["loop.xml"], tree), tree) == ["loop.xml"]
    assert len(find_files(["a\0b"], tree).files) == 1
    (tree / "up").symlink_to(tree)
    assert len(find_files(["**/2.xml"], tree).files) == 1
