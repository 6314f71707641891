"""Files of a log: in order, packed, rotated at any moment; what can't be read is noted, and nothing is read twice."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checks.logs.account import Account
from checks.logs.files import positions, read_files


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def lines(*patterns, since=None, after=(), account=None):
    account = account if account is not None else Account()
    found = [line.data.decode() for line in read_files([str(p) for p in patterns], since, account, after)]
    return found, [missing.words for missing in account.missing]


def aged(path, seconds):
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_no_file_is_missing(folder):
    """An empty glob is not an empty log."""
    found, missing = lines(folder / "*.log")
    assert (found, missing) == ([], [f"no file matches {folder}/*.log"])


def test_an_empty_file_is_a_log_without_lines(folder):
    """It was read, and nothing is missing."""
    (folder / "a.log").touch()
    assert lines(folder / "*.log") == ([], [])


def test_the_oldest_comes_first_packed_or_not(folder):
    """As rotation leaves them: by the time that they were last written."""
    aged(folder / "app.log.2.gz", 200) if (folder / "app.log.2.gz").write_bytes(gzip.compress(b"one\ntwo\n")) else None
    (folder / "app.log.1").write_text("three\n")
    aged(folder / "app.log.1", 100)
    (folder / "app.log").write_text("four\nfive")
    assert lines(folder / "app.log*") == (["one", "two", "three", "four", "five"], [])


def test_packed_without_the_name_is_packed_all_the_same(folder):
    """What counts is what it holds."""
    (folder / "app.log.1").write_bytes(gzip.compress(b"one\n"))
    assert lines(folder / "app.log.1") == (["one"], [])


def test_old_files_are_not_opened(folder):
    """What was last written before the window holds nothing of it."""
    aged(folder / "old.log", 7200) if (folder / "old.log").write_text("old") else None
    (folder / "new.log").write_text("new")
    account = Account()
    assert lines(folder / "*.log", since=time.time() - 3600, account=account) == (["new"], [])
    assert account.older == 1


def test_two_patterns_do_not_read_twice(folder):
    """Nor do a link and its target."""
    (folder / "a.log").write_text("one\n")
    (folder / "b.log").symlink_to(folder / "a.log")
    assert lines(folder / "*.log", folder / "a.*") == (["one"], [])


@pytest.mark.parametrize("cut", [5, 15, -4])
def test_a_packed_file_that_ends_in_the_middle_is_missing(folder, cut):
    """What came out of it is there, and that there was more is known."""
    packed = gzip.compress(b"".join(b"%d\n" % number for number in range(50_000)))
    (folder / "a.gz").write_bytes(packed[:cut])
    found, missing = lines(folder / "a.gz")
    assert missing == [f"{folder}/a.gz can't be unpacked: it ends in the middle"]
    (folder / "a.gz").write_bytes(packed)
    found, missing = lines(folder / "a.gz")
    assert (len(found), missing) == (50_000, [])


def test_a_packed_file_that_is_broken_is_missing(folder):
    """A flipped byte in the middle."""
    packed = bytearray(gzip.compress(b"".join(b"%d\n" % (number * 7919) for number in range(5000))))
    packed[len(packed) // 2] ^= 0xFF
    (folder / "a.gz").write_bytes(packed)
    _, missing = lines(folder / "a.gz")
    assert len(missing) == 1
    assert "can't be unpacked" in missing[0]


def test_what_is_no_file_is_not_opened(folder):
    """A pipe would wait for ever; a folder is left out."""
    os.mkfifo(folder / "a.log")
    (folder / "b.log").mkdir()
    assert lines(folder / "*.log") == ([], [f"{folder}/a.log is no regular file"])


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes somebody else")
def test_a_file_of_somebody_else_is_missing():
    """Permission denied, for the file and for its folder; the remedy says what to do."""
    import tempfile

    program = """
import os, sys
sys.path[:] = eval(sys.argv[2])
from checks.logs.account import Account
from checks.logs.files import read_files
os.setgid(65534); os.setuid(65534)
account = Account()
print([line.data for line in read_files([sys.argv[1] + '/a.log', sys.argv[1] + '/closed/*.log'], None, account)])
print(*[f'{missing.words} | {missing.remedy}' for missing in account.missing], sep='\\n')
"""
    with tempfile.TemporaryDirectory(prefix="tg-") as name:
        Path(name).chmod(0o755)
        for place in (Path(name, "a.log"), Path(name, "closed", "b.log")):
            place.parent.mkdir(exist_ok=True)
            place.write_text("secret")
            place.chmod(0o600)
        Path(name, "closed").chmod(0o700)
        ran = subprocess.run(
            [sys.executable, "-c", program, name, repr(sys.path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    said = ran.stdout.splitlines()
    assert said[0] == "[]", ran.stderr
    assert any(f"{name}/a.log can't be read: permission denied | let this user read it" in line for line in said)
    assert any(f"the folder {name}/closed can't be listed: permission denied" in line for line in said)


def interrupted(folder, act, size=3000):
    """Read `app.log` and its rotated forms, and do something after the first lines were read."""
    old = [f"old {number}" for number in range(size)]
    (folder / "app.log").write_text("".join(f"{line}\n" for line in old))
    account = Account()
    reader = read_files([f"{folder}/app.log*"], None, account)
    found = [next(reader).data.decode() for _ in range(3)]
    act()
    found += [line.data.decode() for line in reader]
    return old, found, [missing.words for missing in account.missing]


def test_a_log_that_is_renamed_while_it_is_read(folder):
    """The file that is open is read to its end, and the new one after it."""

    def rotate():
        (folder / "app.log").rename(folder / "app.log.1")
        (folder / "app.log").write_text("new\n")

    old, found, missing = interrupted(folder, rotate)
    assert (found, missing) == ([*old, "new"], [])


def test_a_log_that_is_renamed_and_packed_while_it_is_read(folder):
    """The packed file is known by its beginning, and not read again."""

    def rotate():
        (folder / "app.log.1.gz").write_bytes(gzip.compress((folder / "app.log").read_bytes()))
        (folder / "app.log").unlink()
        (folder / "app.log").write_text("new\n")

    old, found, missing = interrupted(folder, rotate)
    assert (found, missing) == ([*old, "new"], [])


def test_a_log_that_is_emptied_in_place_while_it_is_read(folder):
    """What was not read yet is lost, and that is known."""
    old, found, missing = interrupted(folder, lambda: os.truncate(folder / "app.log", 0), size=400_000)
    assert len(found) < len(old)
    assert missing == [f"{folder}/app.log was emptied while it was read"]


def test_a_log_that_grows_while_it_is_read(folder):
    """What comes in the meantime is read, too."""

    def grow():
        with (folder / "app.log").open("a") as file:
            file.write("new\n")

    old, found, missing = interrupted(folder, grow)
    assert (found, missing) == ([*old, "new"], [])


def test_only_what_was_written_since(folder):
    """From where a file ended; a new file from its beginning; one that was emptied from its beginning."""
    log, other = folder / "a.log", folder / "b.log"
    log.write_text("one\n")
    other.write_text("a long first line\n")
    before = positions([f"{folder}/*.log"])
    with log.open("a") as file:
        file.write("two\n")
    other.write_text("short\n")
    (folder / "c.log").write_text("three\n")
    assert sorted(lines(folder / "*.log", after=before)[0]) == ["short", "three", "two"]
    log.rename(folder / "a.log.1")
    assert sorted(lines(folder / "a.log*", after=before)[0]) == ["two"]


def test_a_line_of_a_hundred_megabytes_is_bounded(folder):
    """It is cut, and the line after it is whole."""
    with (folder / "a.log").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\nshort\n")
    found = list(read_files([f"{folder}/a.log"], None, Account()))
    assert [(len(line.data), line.cut) for line in found] == [(1 << 20, True), (5, False)]
