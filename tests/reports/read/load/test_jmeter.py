"""JMeter's results, as CSV and as XML."""

import pytest

from checks.evidence import Gap

HEADER = "timeStamp,elapsed,label,responseCode,responseMessage,success"
ROW = "1700000000000,{},home,200,OK,{}"


def jtl(*rows, header=HEADER, end="\n"):
    """A CSV of these rows."""
    return "\n".join([header, *rows]) + end


def xml(inner):
    """An XML file with these samples."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n{inner}\n</testResults>\n'


def sample(t=10, *, s="true", lb="home", rm="OK", inner="", tag="httpSample"):
    """One sample."""
    return f'<{tag} t="{t}" ts="1700000000000" s="{s}" lb="{lb}" rc="200" rm="{rm}">{inner}</{tag}>'


@pytest.mark.parametrize("content", [jtl(), xml("")], ids=["csv", "xml"])
def test_no_samples_are_no_pass(read, doubts, content):
    """A header, or a root, and nothing else."""
    assert doubts(read(content)) == ["inconclusive: there is no request in the file"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (jtl("1700000000000,10,home,200,OK"), "a row has 5 fields, wanted 6 as in the header; the file may be cut off"),
        (jtl(ROW.format("NaN", "true")), "`elapsed` is 'NaN'"),
        (jtl(ROW.format("-5", "true")), "`elapsed` is '-5'"),
        (jtl(ROW.format("10", "")), "`success` is ''"),
        (jtl(ROW.format("10", "yes")), "`success` is 'yes'"),
        (jtl("1,home", header="elapsed,label,responseCode"), "the column 'success' is missing"),
        (jtl("1,true", header="timeStamp,success,label"), "the column 'elapsed' is missing"),
        (jtl("1,2,true", header="elapsed,elapsed,success"), "the column 'elapsed' is there twice"),
        (jtl('1700000000000,10,"home,200,OK,true'), "ends in the middle"),
        (xml('<httpSample t="1" ts="1" lb="a"/>'), "`s` of a <httpSample> is ''"),
        (xml('<httpSample s="true" ts="1" lb="a"/>'), "`t` of a <httpSample> is ''"),
        (xml(sample())[:-20], "ends in the middle"),
        (xml(sample(rm="&nbsp;")), "not well-formed XML (undefined entity)"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + xml("").split("\n", 1)[1], "DOCTYPE"),
        (xml("<a>" * 101 + "</a>" * 101), "nested deeper"),
        ("1700000000000,10,home,200,OK,true\n", "without the names of the columns"),
    ],
)
def test_what_is_not_to_be_believed_is_refused(refused, content, words):
    """With what is wrong in it."""
    assert words in refused(content)


def test_percentiles_are_computed_from_the_successes(read):
    """Failures count, and their times don't."""
    rows = [ROW.format(elapsed, "true") for elapsed in range(1, 101)] + [ROW.format(1, "false")] * 50
    summary = read(jtl(*rows))
    assert (summary.total.count, summary.total.failures) == (150, 50)
    assert summary.percentile("p95", 0.95, "f").value == 0.095
    assert summary.percentile("p99.5", 0.995, "f").value == 0.1
    assert summary.error_ratio("errors", "f").value == pytest.approx(1 / 3)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter_is_found(read, delimiter):
    """JMeter lets users choose one."""
    content = jtl(ROW.format(10, "true"), ROW.format(20, "false")).replace(",", delimiter)
    assert (read(content).total.count, read(content).total.failures) == (2, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(read, encoding):
    """Also what PowerShell writes."""
    content = jtl("1700000000000,10,Тест,200,OK,true").encode(encoding)
    assert read(content).names == ("Тест",)


def test_line_breaks_in_messages(read):
    """A quoted field may go on in the next line."""
    assert read(jtl('1700000000000,10,home,500,"first\nsecond, third",false')).total.failures == 1


def test_few_columns_are_enough(read):
    """Without a time nobody knows how long the run took."""
    summary = read(jtl("10,true", "20,true", header="elapsed,success"))
    assert summary.names == ()
    assert summary.duration is None
    assert isinstance(summary.rate("rps", "f"), Gap)
    assert summary.percentile("p50", 0.5, "f").value == 0.01


def test_times_may_be_dates(read):
    """JMeter lets users choose a form."""
    first, last = "2024/01/16 10:05:54.000,10,a,200,OK,true", "2024/01/16 10:05:56.000,500,a,200,OK,true"
    assert read(jtl(first, last)).duration == 2.5


def test_parts_of_a_sample_are_not_counted_again(read):
    """Redirects and embedded files stand in the sample that they belong to."""
    assert read(xml(sample(inner=sample(5) + sample(5)))).total.count == 1


def test_samples_of_a_transaction_are_counted_and_it_is_not(read, doubts):
    """In XML they are in it, in CSV beside it."""
    words = "Number of samples in transaction : 2, number of failing samples : 1"
    inner = sample(5) + sample(7, s="false", inner=sample(3, s="false"))
    summary = read(xml(sample(12, s="false", rm=words, inner=inner, tag="sample")))
    assert (summary.total.count, summary.total.failures) == (2, 1)
    transaction = f'1700000000000,12,all,200,"{words}",false'
    summary = read(jtl(ROW.format(5, "true"), ROW.format(7, "false"), transaction))
    assert (summary.total.count, summary.total.failures) == (2, 1)
    assert doubts(read(jtl(transaction))) == ["inconclusive: there is no request in the file, only 1 transaction"]


def test_many_names_take_bounded_memory(read):
    """An id in each URL: the total has them all."""
    summary = read(jtl(*(f"1700000000000,10,/item/{number},200,OK,true" for number in range(1500))))
    assert (summary.total.count, len(summary.requests)) == (1500, 1000)
    assert any("500 requests beyond 1,000 names" in problem.message for problem in summary.problems)


def test_a_last_line_without_an_end_is_no_pass(read, doubts):
    """The number in it may have gone on."""
    assert doubts(read(jtl(ROW.format(10, "true"), end=""))) == [
        "inconclusive: the last line has no end: the file may be cut off"
    ]
    assert doubts(read(jtl(ROW.format(10, "true")))) == []
