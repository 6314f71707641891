"""The page on brokers and stores says what is measured, in which unit, and with which default."""

import re
from pathlib import Path

import pytest

from gates.environment.services import KINDS

PAGE = (Path(__file__).parents[3] / "docs/services-brokers-and-stores.md").read_text()
HEADINGS = {
    "rabbitmq": "RabbitMQ",
    "kafka": "Kafka",
    "elasticsearch": "Elasticsearch and OpenSearch",
    "s3": "S3-compatible stores",
    "smtp": "Mail",
}


@pytest.mark.parametrize("kind", HEADINGS)
def test_every_subject_has_its_row(kind):
    """Subject, unit, default and where it is measured, in the order of the table, and no row more."""
    chapter = re.search(rf"^## {HEADINGS[kind]}$(.*?)^## ", PAGE, re.DOTALL | re.MULTILINE)[1]
    rows = re.findall(r"^\| `([^`]+)` \| (\S+) \| (none|`[^|]+`) \| (.*) \|$", chapter, re.MULTILINE)
    subjects = KINDS[kind].SUBJECTS
    assert [(part, unit, default.strip("`")) for part, unit, default, _ in rows] == [
        (part, subject.unit, subject.default or "none") for part, subject in subjects.items()
    ]
    assert all(words.startswith(subjects[part].where) for part, _, _, words in rows)
