"""The page on checks: its example runs, and its numbers are those of the program."""

import errno
import inspect
import re
import socket
import types
from pathlib import Path

import pytest

from checks import connect, http, http_connection, json_path, look, sweep
from checks.evidence import Gap

PAGE = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()


@pytest.fixture
def example():
    code = re.search(r"<!-- example: gate_mail.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)[1]
    module = types.ModuleType("gate_mail")
    exec(compile(code, "gate_mail.py", "exec"), module.__dict__)
    return module


def test_the_example_reads_a_refusal_a_greeting_and_a_gap(example, servers, dead_port, monkeypatch):
    """What the page says about each."""

    async def greet(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()

    assert example.smtp_greeting("127.0.0.1", dead_port).absent
    assert example.smtp_greeting("127.0.0.1", servers.raw(greet).port).value == "220 mail.example ESMTP"

    def unreachable(*_):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    assert isinstance(example.smtp_greeting("127.0.0.1", 25), Gap)


def test_the_gate_of_the_example_asks_for_what_it_says(example, monkeypatch):
    """Its criterion passes on a greeting and fails on another line."""
    asked = []
    monkeypatch.setattr(example, "smtp_greeting", lambda *_: "evidence")
    example.test_the_mail_server_greets(lambda *given: asked.append(given))
    (evidence, criterion) = asked[0]
    assert evidence == "evidence"
    assert str(criterion) == '~ "^220 "'


def test_the_numbers_on_the_page_are_those_of_the_program():
    """Limits that are changed are changed on the page, too."""
    defaults = inspect.signature(sweep.sweep).parameters
    assert f"| {defaults['concurrency'].default} in all, {defaults['per_host'].default} per host name" in PAGE
    assert f"({round(defaults['max_lag'].default * 1000)} ms)" in PAGE
    assert f"{http_connection.BODY_KEPT >> 20} MiB is kept" in PAGE
    assert f"{http_connection.HEAD_LIMIT >> 10} KiB" in PAGE
    assert f"| {http._REDIRECTS}, never from https to http |" in PAGE
    assert f"{json_path._DIGITS} digits or {json_path.LONGEST_TEXT:,} characters" in PAGE
    assert ", ".join(map(str, sorted(look.RETRIED_STATUSES)[:-1])) in PAGE
    assert f"{sweep._LONGEST_PAUSE:.0f} s" in PAGE
    assert f"{http._HANDSHAKE_EVERY * 1000} ms apart" in PAGE
    assert connect._STAGGER < 1


def test_every_reading_on_the_page_is_one_that_checks_make():
    """The subjects in the tables are the words in the code."""
    code = "".join(path.read_text() for path in (Path(__file__).parents[2] / "checks").glob("*.py"))
    parts = set(re.findall(r"`NAME\.([a-z_.]+)", PAGE)) - {"certificate.", "json.", "header."}
    assert {"up", "status", "resolves", "certificate.expires_in"} <= parts
    assert [part for part in sorted(parts) if f'"{part}"' not in code and f"`{part}" not in code] == []
