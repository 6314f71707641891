"""Coverage of the lines that a change adds, in real git repositories: what can't be told is never a pass."""

import os
import subprocess
from pathlib import Path

import pytest

from gates.reported.changes import ChangesError, changes_since
from tests.gates.reported.samples import cobertura, lcov
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge, git, put

GATE = """
cov:
  reports: [{coverage: cov.xml, binding: none}]
  limits: {patch: ">= 80 %"}
  patch_base: main
"""
OLD = "".join(f"x{n} = {n}\n" for n in range(10))


@pytest.fixture(autouse=True)
def repository(project: Path) -> Path:
    """`shop/cart.py` of ten lines on main, and a branch that is checked out."""
    put("shop/cart.py", OLD)
    put("tests/test_cart.py", "import shop\n")
    put("README.md", "shop\n")
    git("-c", "init.defaultBranch=main", "init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "change")
    return project


def commit(**files: str) -> None:
    """Commit files; `__` is a slash and `_dot_` a dot in their names."""
    for name, text in files.items():
        put(name.replace("__", "/").replace("_dot_", "."), text)
    git("add", "shop", "tests", "README.md", *[f for f in ("lib", "web", "backend") if Path(f).exists()])
    git("commit", "-qm", "two")


@pytest.mark.parametrize(
    ("new", "code", "words"),
    [
        ("++++-", PROMOTE, ""),
        ("+++--", REJECT, "3 of 5 changed lines"),
        ("-----", REJECT, "0 of 5"),
        ("++++.", PROMOTE, ""),
    ],
)
def test_changed_lines(judge: Judge, new: str, code: int, words: str) -> None:
    """Only the new lines count, however bad the old ones are; a line that can't be executed doesn't."""
    commit(shop__cart_dot_py=OLD + "new = 1\n" * 5)
    put("cov.xml", cobertura({"shop/cart.py": "----------" + new}))
    ended = judge(GATE)
    assert ended.code == code, ended.said
    assert words in ended.said


def test_a_new_file(judge: Judge) -> None:
    """All of its lines are new. Where the report doesn't know it, nobody knows whether they are covered."""
    commit(shop__new_dot_py="a = 1\nb = 2\n", shop__cart_dot_py=OLD + "c = 3\n")
    covered = {"shop/cart.py": "+" * 11}
    put("cov.xml", cobertura({**covered, "shop/new.py": "++"}))
    assert judge(GATE).code == PROMOTE
    put("cov.xml", cobertura({**covered, "shop/new.py": "--"}))
    assert judge(GATE).code == REJECT
    put("cov.xml", cobertura(covered))
    ended = judge(GATE)
    assert ended.code == HOLD
    assert "shop/new.py was changed, and is not in the report" in ended.said


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("shop/deep/er/new.py", HOLD),
        ("shop/test_new.py", PROMOTE),
        ("tests/test_new.py", PROMOTE),
        ("shop/new.md", PROMOTE),
        ("lib/new.py", PROMOTE),
    ],
)
def test_which_files_a_report_ought_to_hold(judge: Judge, name: str, code: int) -> None:
    """Those of its language in its folders and below them, and no tests."""
    commit(**{name.replace("/", "__").replace(".", "_dot_"): "a = 1\n"})
    put("cov.xml", cobertura({"shop/cart.py": "+" * 10}))
    assert judge(GATE).code == code


def test_a_moved_file(judge: Judge) -> None:
    """Its old lines are not new."""
    git("mv", "shop/cart.py", "shop/basket.py")
    commit(shop__basket_dot_py=OLD + "new = 1\n")
    put("cov.xml", cobertura({"shop/basket.py": "-" * 10 + "+"}))
    assert judge(GATE).code == PROMOTE
    put("cov.xml", cobertura({"shop/basket.py": "+" * 10 + "-"}))
    assert judge(GATE).code == REJECT


def test_a_change_of_words_only(judge: Judge) -> None:
    """Nothing in it can be executed: that passes as a number of lines, and never as 100 %."""
    commit(README_dot_md="the shop\n")
    put("cov.xml", cobertura({"shop/cart.py": "-" * 10}))
    ended = judge(GATE)
    assert ended.code == PROMOTE
    (judged,) = ended.report["gates"][0]["judgements"]
    assert judged["evidence"]["subject"] == "cov.patch.lines"
    assert judged["evidence"]["value"] == 0
    assert judged["evidence"]["detail"] == "no line that was changed can be executed"


def test_no_change_at_all(judge: Judge) -> None:
    """As on main itself."""
    put("cov.xml", cobertura({"shop/cart.py": "-" * 10}))
    assert judge(GATE).code == PROMOTE


def test_lines_that_were_only_removed(judge: Judge) -> None:
    """They need no tests."""
    commit(shop__cart_dot_py=OLD[: len(OLD) // 2 + 1].rpartition("\n")[0] + "\n")
    put("cov.xml", cobertura({"shop/cart.py": "-" * 5}))
    assert judge(GATE).code == PROMOTE


def test_what_is_not_committed_counts_too(judge: Judge) -> None:
    """The tests ran with it."""
    put("shop/cart.py", OLD + "new = 1\n")
    put("cov.xml", cobertura({"shop/cart.py": "+" * 10 + "-"}))
    assert judge(GATE).code == REJECT
    put("cov.xml", cobertura({"shop/cart.py": "+" * 11}))
    assert judge(GATE).code == PROMOTE


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("shop/cart.py", REJECT),
        ("./shop/cart.py", REJECT),
        ("shop\\cart.py", REJECT),
        ("cart.py", REJECT),
        ("/builds/7/shop/cart.py", REJECT),
        ("example.com/team/shop/cart.py", REJECT),
        ("src/cart.py", HOLD),
        ("elsewhere.py", HOLD),
    ],
)
def test_paths_from_other_roots(judge: Judge, name: str, code: int) -> None:
    """Tools write paths from many roots; one that fits no file of the repository is no answer."""
    commit(shop__cart_dot_py=OLD + "new = 1\n")
    put("cov.xml", cobertura({name: "+" * 10 + "-"}))
    ended = judge(GATE)
    assert ended.code == code, ended.said


def test_a_path_that_fits_two_files(judge: Judge) -> None:
    """The root that the other files have decides; where there is none, nobody knows which one was measured."""
    commit(backend__cart_dot_py=OLD, backend__only_dot_py=OLD)
    git("branch", "-f", "main")
    commit(backend__cart_dot_py=OLD + "new = 1\n")
    put("cov.xml", cobertura({"cart.py": "+" * 11}))
    ended = judge(GATE)
    assert ended.code == HOLD
    assert "can't be told" in ended.said
    put("cov.xml", cobertura({"cart.py": "+" * 11, "only.py": "+"}))
    assert judge(GATE).code == PROMOTE
    put("cov.xml", cobertura({"cart.py": "+" * 10 + "-", "only.py": "+"}))
    assert judge(GATE).code == REJECT


def test_totals_without_lines(judge: Judge) -> None:
    """A summary knows how many lines are covered, and not which."""
    commit(shop__cart_dot_py=OLD + "new = 1\n")
    total = '{"total": 11, "covered": 11, "skipped": 0, "pct": 100}'
    parts = f'{{"lines": {total}, "statements": {total}, "functions": {total}, "branches": {total}}}'
    put("cov.xml", f'{{"total": {parts}, "shop/cart.py": {parts}}}')
    ended = judge(GATE)
    assert ended.code == HOLD
    assert "the report states totals of shop/cart.py, and no lines" in ended.said


def test_components_judge_their_own_files(judge: Judge) -> None:
    """A change of the front end is none of the back end."""
    put("web/cart.ts", "let a = 1\n")
    put("shop/cart.py", OLD)
    commit()
    git("branch", "-f", "main")
    put("web/cart.ts", "let a = 1\nlet b = 2\n")
    commit()
    put("cov.xml", cobertura({"shop/cart.py": "-" * 10}))
    put("lcov.info", lcov({"web/cart.ts": "-+"}))
    gate = """
cov:
  limits: {patch: ">= 80 %"}
  patch_base: main
  reports:
    - {coverage: cov.xml, component: back-end, binding: none}
    - {coverage: lcov.info, component: front-end, binding: none}
"""
    assert judge(gate).code == PROMOTE
    put("lcov.info", lcov({"web/cart.ts": "+-"}))
    assert judge(gate).code == REJECT


@pytest.mark.parametrize("since", ["no-such-branch", "origin/main", "--output=x", "0000000"])
def test_a_base_that_is_not_there(judge: Judge, since: str) -> None:
    """Git's own words, and what to do in CI."""
    commit(shop__cart_dot_py=OLD + "new = 1\n")
    put("cov.xml", cobertura({"shop/cart.py": "+" * 11}))
    ended = judge(GATE.replace("main", f'"{since}"'))
    assert ended.code == HOLD
    assert not Path("x").exists()
    assert judge(GATE).code == PROMOTE


def test_no_base_is_named(judge: Judge) -> None:
    """Since when?"""
    put("cov.xml", cobertura({"shop/cart.py": "+" * 10}))
    ended = judge(GATE.replace("patch_base: main", "required: true"))
    assert ended.code == HOLD
    assert "no `patch_base:` says since when" in ended.said


def test_a_shallow_clone(judge: Judge, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the history there is no merge base."""
    commit(shop__cart_dot_py=OLD + "new = 1\n")
    shallow = repository.parent / "shallow"
    git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{repository}", str(shallow))
    monkeypatch.chdir(shallow)
    put("cov.xml", cobertura({"shop/cart.py": "+" * 11}))
    ended = judge(GATE.replace("main", "origin/main"))
    assert ended.code == HOLD
    assert "fetch the whole history" in ended.said
    git("fetch", "-q", "--unshallow")
    assert judge(GATE.replace("main", "origin/main")).code == PROMOTE


def test_another_commit_is_checked_out(judge: Judge) -> None:
    """The lines that were changed here are not those of the release."""
    commit(shop__cart_dot_py=OLD + "new = 1\n")
    put("cov.xml", cobertura({"shop/cart.py": "+" * 11}))
    ended = judge(GATE, f"--commit={git('rev-parse', 'main')}", release="")
    assert ended.code == HOLD
    assert "is checked out, and the release is of" in ended.said
    assert judge(GATE, f"--commit={git('rev-parse', 'HEAD')}", release="").code == PROMOTE


def test_no_repository(tmp_path: Path) -> None:
    """Nor where git itself is missing."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(ChangesError, match="not a git repository"):
        changes_since("main", tmp_path / "empty")
    with pytest.raises(ChangesError, match="fetch the whole history"):
        changes_since("main", tmp_path / "not there")


def test_git_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image without git."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ChangesError, match="git can't compare"):
        changes_since("main", Path())


def test_the_current_folder_stays(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is asked about a folder; the process does not go there. Odd names and settings don't matter."""
    commit(shop__cärt_dot_py="a = 1\n")
    for setting in ("diff.noprefix=true", "diff.mnemonicPrefix=true", "diff.relative=true", "core.quotePath=true"):
        subprocess.run(["git", "config", *setting.split("=")], check=True)
    monkeypatch.chdir(os.sep)
    changes = changes_since("main", repository / "tests")
    assert changes.lines == {"shop/cärt.py": (1,)}
    assert "shop/cart.py" in changes.tracked
    assert Path.cwd() == Path(os.sep)
