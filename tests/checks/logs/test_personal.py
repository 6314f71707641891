"""Personal data is found by its kind, its look-alikes are not, and what is shown says nothing."""

import itertools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.logs import personal
from checks.logs.personal import KINDS, USUAL, find, masked, redacted

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
#: Valid by their checksums, and nobody's: born on the given days, with serial numbers that were made up.
RESIDENT, FOREIGNER, NEWBORN = "900101-1234568", "900101-5234561", "230405-3999999"


def kinds(text, wanted=KINDS):
    return [found.kind for found in find(text, wanted)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone_number", "call 010-1234-5678 now"),
        ("phone_number", "tel=01012345678"),
        ("phone_number", '{"phone":"010 1234 5678"}'),
        ("phone_number", "011.234.5678"),
        ("phone_number", "office 02-345-6789"),
        ("phone_number", "031-345-6789,"),
        ("phone_number", "+82 10-1234-5678"),
        ("phone_number", "+821012345678"),
        ("phone_number", "+1 (415) 555-2671"),
        ("phone_number", "+49 30 1234567"),
        ("phone_number", "phone: (415) 555-2671"),
        ("phone_number", 'userPhone":"4155552671"'),
        ("phone_number", "휴대폰: 1012345678"),
        ("resident_number", f"rrn {RESIDENT} x"),
        ("resident_number", f"id={FOREIGNER}"),
        ("resident_number", NEWBORN),
        ("resident_number", f"주민번호: {RESIDENT.replace('-', '')}"),
        ("card_number", "card 4111 1111 1111 1111"),
        ("card_number", "4111-1111-1111-1111"),
        ("card_number", "5555555555554444"),
        ("card_number", "2223003122003222"),
        ("card_number", "3782 822463 10005"),
        ("card_number", "6011111111111117"),
        ("card_number", "30569309025904"),
        ("card_number", '{"card_id": "4111111111111111"}'),
        ("birth_date", '{"birth_date": "1990-01-31"}'),
        ("birth_date", "birthday=19900131"),
        ("birth_date", "dob: 31.01.1990"),
        ("birth_date", "born on 1990/1/31"),
        ("birth_date", "생년월일: 1990년 1월 31일"),
        ("birth_date", "생년월일=900131"),
        ("birth_date", r"{\"birthDate\":\"1990-01-31\"}"),
        ("bearer_token", "Authorization: Bearer 0123456789abcdef"),
        ("jwt", f"token={JWT}"),
        ("aws_key", "key AKIAIOSFODNN7EXAMPLE"),
        ("private_key", "-----BEGIN RSA PRIVATE KEY-----"),
        ("private_key", "-----BEGIN PRIVATE KEY-----\\nMIIE"),
        ("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----"),
        ("email", "mail to kim@example.co.kr please"),
    ],
)
def test_each_kind_is_found(kind, text):
    """In prose, in JSON, in logfmt, also escaped."""
    assert kind in kinds(text)
    shown = [masked(text, found).rpartition("=")[2] for found in find(text, KINDS)]
    assert not any(character.isalnum() for words in shown for character in words)


@pytest.mark.parametrize(
    "text",
    [
        "order 20261120-1234-5678 was paid",
        "ORD-010-1234-5678",
        '{"order_id": "4111111111111111"}',
        '{"order_id": 1012345678901}',
        "orderNo=01012345678",
        "trace_id=4111111111111111",
        "order 5555555555554444 shipped",
        "2026-11-20T10:11:12.123Z took 12 ms",
        "2026-11-20 10:11:12,123 INFO 010",
        "1732134933123 1732134933123456 1732134933123456789",
        '"timestamp": 1732134933123',
        "550e8400-e29b-41d4-a716-446655440000",
        "01012345-1234-1234-1234-010123456789",
        "9f2c1e010123456789abcdef0101234567890abc",
        "version 1.010.1234.5678, build 010.1234.5678.9",
        "v1.4.2-rc.1+20261120",
        "10.0.0.1:8080 -> 192.168.100.200:443",
        "4111 1111 1111 1112",
        "1234567812345670",
        "9999-9999-9999-9999",
        "900101-1234567",
        "901301-1234568",
        "230405-9999999",
        "20261120-1234568",
        "born to run",
        "birth_date is required",
        "birthday job started 2026-11-20",
        "birth_date: 2990-01-31",
        "birth_date: 1990-02-31",
        "dob: 1850-01-01",
        "date 1990-01-31",
        "the token is a Bearer token",
        "Bearer authentication failed",
        "Authorization: Bearer ***",
        "eyJhbGciOi is no token",
        "a.eyJhbGciOiJI.b",
        "AKIAIOSFODNN7EXAMPL",
        "ASIAN markets closed",
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "+09:00 +0900 +1.5e10",
        "latitude +37.5665 longitude +126.9780",
        "memory +1234567890.5 bytes",
        "cancelled: 12345678",
        "telemetry: 123456789",
        "phone: none",
        "phone: 2026-11-20 10:11",
        "010-****-5678",
        "900101-1******",
        "4111 **** **** 1111",
        "user@host",
        "@timestamp",
        "npm install left-pad@1.3.0",
        "root@10.0.0.1",
        "12,345,678 rows in 1,234.5678 s",
    ],
)
def test_look_alikes_are_not_found(text):
    """Order numbers, times, UUIDs, versions, addresses, prose, and what is masked already."""
    assert kinds(text) == []


def test_a_checksum_makes_the_difference():
    """One digit off, and it is a number like any other."""
    assert kinds(f"x {RESIDENT} x") == ["resident_number"]
    for digit in set("0123456789") - {RESIDENT[-1]}:
        assert kinds(f"x {RESIDENT[:-1]}{digit} x") == []


def test_only_what_is_asked_for():
    """Addresses of mail are not, unless somebody says so."""
    text = "kim@example.com 010-1234-5678"
    assert kinds(text, USUAL) == ["phone_number"]
    assert kinds(text, ("email",)) == ["email"]
    assert kinds(text, ()) == []


def test_two_kinds_do_not_claim_the_same():
    """A token in a header is one finding."""
    assert kinds(f"Authorization: Bearer {JWT}") == ["jwt"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"phone":"010-1234-5678"}', "phone=***-****-****"),
        ("010-1234-5678", "***-****-****"),
        ("Kim Minsu 010-1234-5678", "***-****-****"),
        ("Kim Minsu: 010-1234-5678", "***-****-****"),
        ('"user_phone": "010-1234-5678"', "user_phone=***-****-****"),
        ("aws_key=AKIAIOSFODNN7EXAMPLE", "aws_key=********************"),
        (f"token={JWT}", "token=********************.***"),
    ],
)
def test_a_mask_has_the_shape_and_no_more(text, shown):
    """The name of a field in front tells where to look; that of a person tells too much."""
    (found,) = find(text)
    assert masked(text, found) == shown


def test_redacted_texts_have_nothing_left():
    """What stands around it stays."""
    text = f"user kim@example.com called 010-1234-5678 with {JWT}"
    assert redacted(text) == "user ***@*******.*** called ***-****-**** with ********************.***"
    assert redacted("nothing in here") == "nothing in here"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text('0123456789-+ .()eyJ@a=:"', max_size=60))
def test_no_text_raises_and_nothing_found_is_left(text):
    """Findings lie within the text, in order, and apart; a redacted text is as it was, but for letters and digits."""
    found = find(text, KINDS)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    redacted(text)
    for each in found:
        masked(text, each)


@pytest.mark.parametrize(
    "piece",
    ["1", "0", "01", "010-", "+1 ", "-", "(", "eyJ", "eyJa.", "eyJ-", "bearer ", "a@", "a.", "@a.a", "birth ",
     "phone: ", "phone: 1 ", "4111 ", "-----BEGIN ", "A ", "AKIA", "9", "900101-1", "주민", "tel: (", "생년월일",
     "0000-0000 "],
)  # fmt: skip
def test_long_lines_take_time_in_proportion(piece):
    """A line of 400 kB made to hurt is done in a moment: no pattern looks at the same place again and again."""
    text = piece * (400_000 // len(piece))
    began = time.process_time()
    find(text, KINDS)
    assert time.process_time() - began < 5


def test_kinds_have_names_that_files_use():
    """Each one is looked for, and nothing else is."""
    assert set(USUAL) == set(KINDS) - {"email"}
    assert {search.kind for search in personal._SEARCHES} == set(KINDS)
