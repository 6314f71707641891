"""Which files Trivy looks through for secrets, so that a folder without one is not a clean folder."""

import pytest

from checks.scanners.trivy_files import has_file_for_secrets


def test_a_folder_without_files_and_one_that_is_not_there(tmp_path):
    """Nothing is looked through."""
    assert not has_file_for_secrets(tmp_path)
    assert not has_file_for_secrets(tmp_path / "missing")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("small.txt", b"123456789"),
        ("README.md", b"a long enough text"),
        ("image.png", b"a long enough text"),
        ("go.sum", b"a long enough text"),
        ("program", b"\x7fELF and some more bytes"),
        (".git/config", b"a long enough text"),
        ("node_modules/a/index.js", b"a long enough text"),
        ("tests.py", b"a long enough text"),
        ("src/test/data.py", b"a long enough text"),
        ("src/vendor/a.go", b"a long enough text"),
    ],
)
def test_what_trivy_leaves_out(tmp_path, name, content):
    """Each beside the same folder with one more file."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert not has_file_for_secrets(tmp_path)
    (tmp_path / "app.py").write_bytes(b"a long enough text")
    assert has_file_for_secrets(tmp_path)
    assert has_file_for_secrets(tmp_path / "app.py")


def test_links_and_unreadable_files_do_not_count(tmp_path):
    """A link may lead out of the folder."""
    (tmp_path / "link.py").symlink_to(__file__)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert not has_file_for_secrets(tmp_path)
