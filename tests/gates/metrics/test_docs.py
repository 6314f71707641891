"""The page on metrics has every preset and every subject, with the program's defaults."""

import re
from pathlib import Path

from checks.prometheus.presets import PRESETS
from gates.criteria import parse
from gates.environment.metrics_subjects import KINDS, PRESET_SUBJECTS
from gates.environment.services_section import check_service_limit, criterion_of

PAGE = (Path(__file__).parents[3] / "docs/metrics.md").read_text()


def _code(text: str) -> str:
    return text.strip("`") if text != "none" else ""


def test_every_preset_has_its_row():
    """Unit, metric, default and words are those of the program."""
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (\S+) \| (`[^`]+`|none) \| (.+) \|$", PAGE, re.MULTILINE)
    found = {
        name: (unit, _code(metric), _code(default), words)
        for name, unit, metric, default, words in rows
        if name in PRESETS  # the table of subjects looks alike
    }
    wanted = {
        name: (known.unit, known.metric, PRESET_SUBJECTS[name].default, known.words) for name, known in PRESETS.items()
    }
    assert found == wanted


def test_every_subject_has_its_row():
    """Of each kind of check, with unit and default."""
    table = PAGE.partition("| check | subject | unit |")[2].partition("\n\n")[0]
    kind, found = "", {}
    for check, subject, unit, default, _ in re.findall(
        r"^\| (.*?) ?\| `([^`]+)` \| (\w+) \| (.+?) \| ?(.*)\|$", table, re.M
    ):
        kind = check.strip("`").partition(".")[0] or kind
        found.setdefault(kind, {})[subject] = (unit, _code(default))
    wanted = {kind: {part: (s.unit, s.default) for part, s in parts.items()} for kind, parts in KINDS.items()}
    assert found == wanted


def test_what_several_kinds_share_is_the_same():
    """A limit of the gate names a subject without its check."""
    seen = {}
    for parts in KINDS.values():
        for part, subject in parts.items():
            assert seen.setdefault(part, (subject.unit, subject.default)) == (subject.unit, subject.default), part
    assert not seen.keys() & PRESETS.keys()


def test_every_default_fits_what_it_judges():
    """Each one is a limit that an environment could write itself, and what can fail has a remedy."""
    for parts in (PRESET_SUBJECTS, *KINDS.values()):
        for part, subject in parts.items():
            criterion = criterion_of(subject.default)
            if criterion is not None and part != "up":
                check_service_limit(part, criterion, [parts])
                assert subject.remedy, part
                assert parse(subject.default) == criterion


def test_the_page_names_what_a_page_can_answer():
    """No more and no fewer."""
    listed = re.search(r"A page can answer (.*?)\.", PAGE, re.DOTALL)[1]
    assert re.findall(r"`(\w+)`", listed) == [name for name, known in PRESETS.items() if known.page]
