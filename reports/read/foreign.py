"""Report formats that are not read, recognised so that the refusal can say their name and what to do instead."""

#: Root element -> what it is, and the next step.
_ROOTS = {
    "test-run": (
        "NUnit 3",
        "run `nunit3-console --result=out.xml;transform=nunit3-junit.xslt`, or log with JunitXml.TestLogger",
    ),
    "test-results": ("NUnit 2", "convert it to JUnit with nunit-to-junit.xsl, or log with JunitXml.TestLogger"),
    "test-suite": ("NUnit", "it is a part of an NUnit report; convert the whole report to JUnit"),
    "testrun": ("TRX (Visual Studio)", "run `dotnet test --logger junit` (package JunitXml.TestLogger)"),
    "assemblies": ("xUnit.net v2", "run `dotnet test --logger junit` (package JunitXml.TestLogger)"),
    "assembly": ("xUnit.net", "run `dotnet test --logger junit` (package JunitXml.TestLogger)"),
    "testng-results": ("TestNG", "TestNG writes JUnit too: point to its junitreports directory"),
    "robot": ("Robot Framework", "run `robot --xunit out.xml`"),
    "site": ("CTest dashboard XML", "run `ctest --output-junit out.xml`"),
    "html": (
        "an HTML page",
        "point to the report itself; a page often means that a download was redirected to a log-in",
    ),
    "coverage": ("a coverage report", "it holds no tests; narrow the pattern to the test reports"),
    "report": ("a JaCoCo report", "it holds no tests; narrow the pattern to the test reports"),
    "checkstyle": ("a Checkstyle report", "it holds no tests; narrow the pattern to the test reports"),
    "project": ("a Maven or Ant project file", "it is no report; narrow the pattern to the test reports"),
}

#: First bytes -> what it is, and the next step.
_MAGIC = (
    (b"\x1f\x8b", "gzip-compressed", "unpack it first"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it first"),
    (b"BZh", "bzip2-compressed", "unpack it first"),
    (b"\xfd7zXZ", "xz-compressed", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it first"),
    (b"%PDF", "a PDF", "point to the report itself"),
    (b"SQLite format 3", "an SQLite database", "point to the report itself"),
)


def refuse_root(tag: str) -> str:
    """The message for an XML file whose root element is not one of JUnit's."""
    local = tag.rpartition(":")[2].lower()
    if known := _ROOTS.get(local):
        name, advice = known
        return f"this is {name} (root element <{tag}>), which Tidegate does not read: {advice}"
    return f"the root element is <{tag[:100]}>, wanted <testsuites> or <testsuite>: this is no JUnit report"


def refuse_start(head: bytes) -> str:
    """The message for a file that can't be XML, told from its first bytes; empty where it may be XML."""
    for magic, name, advice in _MAGIC:
        if head.startswith(magic):
            return f"the file is {name}: {advice}"
    text = as_text(head).lstrip("\ufeff \t\r\n")
    if not text:
        return "the file holds nothing but blanks: the run that should have written it did not finish"
    if text.startswith("<"):
        return ""
    if text.startswith(("{", "[")):
        if '"protocolVersion"' in text:
            return (
                "this is Dart's JSON test report, which Tidegate does not read: pipe it through `tojunit` (junitreport)"
            )
        return "this is JSON, not JUnit XML: let the runner write JUnit"
    return "this is not XML: let the runner write JUnit"


def as_text(head: bytes) -> str:
    """The first bytes as text, whatever the encoding: good enough to see tags and braces in it."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    if head[1:2] == b"\0" or head[:1] == b"\0":  # UTF-16 without a mark
        return head.replace(b"\0", b"").decode("latin-1")
    return head.decode("latin-1").removeprefix("\xef\xbb\xbf")
