"""The YAML itself: what is refused, where it says so, and what plain texts mean."""

import pytest

from gates.environment.builder import MAX_DEPTH, MAX_NODES
from gates.environment.parse import MAX_BYTES
from gates.environment.scalars import resolve

GOOD = "service: shop\ngates: {health: {}}\n"


def test_the_twin_of_all_broken_files_is_read(read):
    """The two lines that the broken files here are built on are a complete environment."""
    assert read(GOOD).model.service == "shop"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "is empty"),
        ("# only a comment\n", 1, "is empty"),
        ("---\n", 1, "is empty"),
        ("null\n", 1, "is empty"),
        ("- a\n- b\n", 1, "is not a mapping"),
        ("just a text\n", 1, "is not a mapping"),
        (GOOD + "---\n" + GOOD, 3, "second YAML document"),
        (GOOD + "service: other\n", 3, "the key 'service' is written twice, in line 1 and here"),
        ("service: shop\ngates:\n\thealth: {}\n", 3, "a tab can't indent"),
        (GOOD + "a: b: c\n", 3, "a `:` stands where no key can be"),
        (GOOD + "a: [b\n", 4, "a `[` or `{` before it is not closed"),
        (GOOD + "a: 'b\n", 4, "a quote before it is not closed"),
        (GOOD + "a: @b\n", 3, "'@' can't begin a text; quote it"),
        (GOOD + 'a: "\\d"\n', 3, "the escape after"),
        (GOOD + "key\nother: x\n", 4, "not followed by `:`"),
        (GOOD + " a: b\n", 3, "no `key: value` begins here"),
        (GOOD + "a: *nowhere\n", 3, "names an anchor that is not written before it"),
        (GOOD + "a: &a [*a]\n", 3, "names an anchor that is not written before it"),
        (GOOD + "? [a]\n: b\n", 3, "a key has to be a plain text"),
        (GOOD + "? {a: b}\n: b\n", 3, "a key has to be a plain text"),
        (GOOD + ": b\n", 3, "no `key: value` begins here"),
        (GOOD + '"": b\n', 3, "a key is empty"),
        (GOOD + "a: &a x\n*a : b\n", 4, "a key can't be an alias"),
        (GOOD + "a: &a {b: c}\nd: {<<: *a}\n", 4, "merge keys"),
        (GOOD + '"${A}": b\n', 3, "a variable can't stand in a key"),
        (GOOD + "a: !!str 5\n", 3, "the tag !!str is not read"),
        (GOOD + "a: !!python/object:os.system x\n", 3, "the tag !!python/object:os.system is not read"),
        (GOOD + "a: !custom {b: c}\n", 3, "the tag !custom is not read"),
        (GOOD + "a: .nan\n", 3, ".nan is not a finite number"),
        (GOOD + "a: -.inf\n", 3, "-.inf is not a finite number"),
        (GOOD + "a: 1e999\n", 3, "1e999 is not a finite number"),
        (GOOD + "a: 1234567890123456789\n", 3, "more than 18 digits"),
        (GOOD + 'a: "x\\0y"\n', 3, "control character"),
        (GOOD + "a: \x07\n", 3, "control character"),
        (GOOD + "a: \x00\n", 3, "control character"),
        (GOOD + "a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), 3, "nested deeper than"),
        (GOOD + "a: " + "[" * 100_000, 3, "nested deeper than"),
        (GOOD + "a: [" + "x," * (MAX_NODES + 1) + "]", 3, "more than 20,000 values"),
    ],
)
def test_a_file_that_is_no_environment_says_where(broken, text, line, words):
    """Each has one error, with its line and in plain words."""
    error = broken(text)
    assert error.file == "env.yaml"
    assert error.line == line
    assert words in str(error)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GOOD.encode("utf-16"), "is in UTF-16; save it as UTF-8"),
        (GOOD.encode("utf-16-le"), "control character"),
        (b"service: shop\nbase_url: \xe4\n", "env.yaml:2:11: is not in UTF-8"),
        (b"service: sh\x80p\n", "is not in UTF-8"),
        (GOOD.encode() + b"#" * MAX_BYTES, "is larger than 1,000,000 bytes"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not in UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_refused(broken, data, words):
    """Other encodings and binary files are named as what they are."""
    assert words in str(broken("", files={"env.yaml": data}))


def test_a_byte_order_mark_and_windows_line_ends_are_read(read):
    """What an editor on Windows writes is an environment."""
    loaded = read("", files={"env.yaml": b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()})
    assert loaded.model.service == "shop"


def test_aliases_are_read_within_bounds(read, broken):
    """An anchor may be used again; a small file that stands for a million values is refused."""
    loaded = read(GOOD + "stages: {quick: &all [health], full: *all}\ndefault_stage: full\n")
    assert loaded.model.stages == {"quick": ("health",), "full": ("health",)}
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    laughs += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 8))
    assert "more than 20,000 values (with its aliases expanded)" in str(broken(GOOD + laughs))


def test_aliases_can_not_nest_beyond_the_depth(broken):
    """Each line is one level deep, and their chain is deeper than what is read."""
    chain = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 60))
    assert "nested deeper than 30 levels (with its aliases expanded)" in str(broken(GOOD + chain))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("yes", "yes"),
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("0", 0),
        ("-17", -17),
        ("+5", 5),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        ("0777", "0777"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("0b11", "0b11"),
        ("2024-01-01", "2024-01-01"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5e-3", -0.0015),
        ("1.2.3", "1.2.3"),
        ("01.5", "01.5"),
        (".", "."),
        ("-", "-"),
        ("+", "+"),
        (".e5", ".e5"),
        ("=", "="),
        ("500ms", "500ms"),
        ("١", "١"),
    ],
)
def test_a_plain_text_means_what_a_reader_expects(text, value):
    """Only decimal numbers, true and false and the nulls are more than texts."""
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_a_file_that_can_not_be_opened_is_an_error(folder):
    """A folder, a missing file and an unreadable one are configuration errors."""
    from gates.environment import examine

    (folder / "dir.yaml").mkdir()
    assert "is a folder" in str(examine(folder / "dir.yaml").problems[0])
    assert "can't be read" in str(examine(folder / "missing.yaml").problems[0])
    assert "can't be read" in str(examine(folder / "nul\0.yaml").problems[0])
