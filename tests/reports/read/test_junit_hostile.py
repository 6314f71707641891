"""Files that attack their reader: bombs, external entities, depth, size. Refused or read in little memory and time."""

import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from reports.read.errors import ReportError
from reports.read.expat_codes import LONGEST_TOKEN
from reports.read.junit import read_junit

CASE = '<testcase classname="C" name="n"/>'


def bomb():
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{levels}]><testsuite name="&l9;">{CASE}</testsuite>'


HOSTILE = {
    "a billion laughs": bomb(),
    "a quadratic bomb": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><testsuite>{"&a;" * 1000}{CASE}</testsuite>',
    "an external entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite>&e;{CASE}</testsuite>',
    "an entity over the network": f'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]><testsuite>&e;{CASE}</testsuite>',
    "a parameter entity": f'<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]><testsuite>{CASE}</testsuite>',
    "an external DTD": f'<!DOCTYPE testsuite SYSTEM "file:///etc/passwd"><testsuite>{CASE}</testsuite>',
    "a public DTD": f'<!DOCTYPE testsuite PUBLIC "-//X//Y" "http://127.0.0.1:9/x.dtd"><testsuite>{CASE}</testsuite>',
    "default attributes": f'<!DOCTYPE x [<!ATTLIST testcase status CDATA "run">]><testsuite>{CASE}</testsuite>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_declarations_are_refused_before_anything_is_expanded(write, kind):
    """A DOCTYPE that declares or names anything is refused; nothing is expanded, opened or fetched."""
    with pytest.raises(ReportError, match="DOCTYPE"):
        read_junit(write(HOSTILE[kind]))


def test_plain_doctypes_and_predefined_entities_are_read(read):
    """The twins: a DOCTYPE that declares nothing, the five predefined entities, character references."""
    _, (case,) = read(
        '<!DOCTYPE testsuite><testsuite><testcase name="&lt;&amp;&gt;&quot;&apos;&#65;&#x42;"/></testsuite>'
    )
    assert case.name == "<&>\"'AB"


@pytest.mark.parametrize("tag", ["testsuite", "a", "testcase", "failure"])
def test_ten_thousand_levels_are_refused_and_a_hundred_are_read(write, tag):
    """Depth is limited, whatever the elements; below the limit a case is found."""

    def nested(depth):
        inside = "" if tag in ("testcase", "failure") else CASE
        return (
            f"<testsuite>{CASE}<testcase name='m'>"
            + f"<{tag}>" * depth
            + f"</{tag}>" * depth
            + f"</testcase>{inside}</testsuite>"
        )

    with pytest.raises(ReportError, match="nested deeper"):
        read_junit(write(nested(10_000)))
    assert read_junit(write(nested(100))).tests >= 2


def test_ten_thousand_suites_are_refused_and_a_hundred_are_read(write):
    """The same for suites inside of suites."""
    with pytest.raises(ReportError, match="nested deeper"):
        read_junit(write("<testsuite>" * 10_000 + CASE + "</testsuite>" * 10_000))
    assert read_junit(write("<testsuite>" * 100 + CASE + "</testsuite>" * 100)).tests == 1


def peak(path):
    """Most Python memory while reading, in bytes."""
    tracemalloc.start()
    try:
        file = read_junit(path, lambda _: None)
        return file, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("element", ["failure", "system-out", "skipped", "property name='x'"])
def test_a_huge_text_is_never_held(tmp_path, element):
    """100 MB of text in one element take a few megabytes at the most."""
    path = tmp_path / "huge.xml"
    line = b"x" * 10_000 + b"\n"
    with path.open("wb") as file:
        file.write(f"<testsuite><testcase name='n'><failure/><{element}>".encode())
        for _ in range(10_000):
            file.write(line)
        file.write(f"</{element.split()[0]}></testcase></testsuite>".encode())
    file, most = peak(path)
    assert (file.tests, file.failures) == (1, 1)
    assert most < 8_000_000


def test_many_short_lines_are_never_held(tmp_path):
    """Many lines of one character are cut as well as a long one."""
    path = tmp_path / "lines.xml"
    path.write_bytes(b"<testcase name='n'><failure>" + b"x\n" * 200_000 + b"</failure></testcase>")
    file, most = peak(path)
    assert file.failures == 1
    assert most < 2_000_000


def test_many_cases_take_no_more_memory_than_few(tmp_path):
    """Memory does not grow with the number of cases, beyond the bounded search for repeated names."""
    most = {}
    for count in (20_000, 40_000):
        path = tmp_path / f"{count}.xml"
        with path.open("w") as file:
            file.write("<testsuite>")
            file.writelines(f'<testcase classname="C{n}" name="n{n}" time="0.1"/>' for n in range(count))
            file.write("</testsuite>")
        _, most[count] = peak(path)
    assert most[40_000] < 8_000_000


@pytest.mark.parametrize("token", ["attribute", "comment", "instruction", "attributes"])
def test_a_tag_that_is_too_long_is_refused(tmp_path, token):
    """A tag, which expat has to hold whole, is limited; a tag of half the limit is read."""

    def written(size):
        path = tmp_path / f"{size}.xml"
        body = {
            "attribute": f"<testcase name='{'x' * size}'/>",
            "comment": f"<!--{'x' * size}--><testcase name='n'/>",
            "instruction": f"<?pi {'x' * size}?><testcase name='n'/>",
            "attributes": "<testcase name='n' " + " ".join(f"a{n}='{'x' * 90}'" for n in range(size // 100)) + "/>",
        }[token]
        path.write_text(f"<testsuite>{body}</testsuite>")
        return path

    with pytest.raises(ReportError, match="longer than"):
        read_junit(written(LONGEST_TOKEN * 3))
    assert read_junit(written(LONGEST_TOKEN // 2)).tests == 1


def test_a_huge_attribute_is_refused_in_bounded_memory(tmp_path):
    """A process that may use little memory refuses a 200 MB attribute instead of dying of it."""
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.write(b"<testsuite><testcase name='")
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b"'/></testsuite>")
    program = (
        "import sys; from pathlib import Path; from reports.read.junit import read_junit; "
        "from reports.read.errors import ReportError\n"
        "try: read_junit(Path(sys.argv[1]))\n"
        "except ReportError as error: print(error.message)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[3],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (150_000_000, 150_000_000)),
    )
    assert "longer than 4 MiB" in done.stdout


@pytest.mark.parametrize("name", ["../../../etc/passwd", "C:\\Windows", "/etc/passwd", "a\n\tb"])
def test_names_are_only_ever_names(read, tmp_path, name):
    """A suite or case called like a path touches no path."""
    before = sorted(tmp_path.rglob("*"))
    quoted = name.replace("\n", "&#10;").replace("\t", "&#9;")
    _, (case,) = read(f'<testsuite name="{quoted}"><testcase classname="{quoted}" name="{quoted}"/></testsuite>')
    assert (case.suite, case.name) == ((name,), name)
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == [tmp_path / "report.xml"]
