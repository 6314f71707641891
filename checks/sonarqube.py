"""SonarQube asked over HTTP for the quality gate of a project's newest analysis, or a Gap where it can't be told.

SonarQube is a measuring tool here: whatever goes wrong with it is a Gap, never a bad release.
Web API: `api/project_analyses/search`, `api/qualitygates/project_status` (SonarQube 7.9 and later, SonarQube Cloud).
"""

import json
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from checks.evidence import Gap
from checks.failures import AttemptError, Unmeasured
from checks.secrets import Secret
from checks.sonarqube_gate import QualityGate, parse_status


def look(
    name: str,
    url: str,
    project: str,
    token: Secret | None,
    *,
    branch: str = "",
    pull_request: str = "",
    timeout: float = 30.0,
    ca_file: str = "",
    verify: bool = True,
) -> QualityGate | Gap:
    """Ask SonarQube at `url` for the gate's status of the newest analysis of a project. `timeout`: seconds a request.

    The Gap is called `NAME.status`. Raises ValueError for a `url` that is none.
    """
    base = url.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
        raise ValueError(f"{url!r} is no URL of a SonarQube server: write https://sonar.example.com")
    where = {"branch": branch} if branch else {"pullRequest": pull_request} if pull_request else {}
    server = _Server(base, token, timeout, ca_file, verify)
    source = f"{base}/api/qualitygates/project_status?{urlencode({'projectKey': project} | where)}"
    began = clock.monotonic()
    try:
        found = server.ask("api/project_analyses/search", {"project": project, "ps": "1"} | where)
        analysis = _newest(found, project)
        # Of this very analysis: a newer one may come in between.
        gate = parse_status(server.ask("api/qualitygates/project_status", {"analysisId": str(analysis["key"])}))
    except Unmeasured as error:
        took = clock.monotonic() - began
        return Gap(f"{name}.status", error.words, source=source, took=took, remedy=error.remedy)
    except ValueError as error:
        return Gap(f"{name}.status", f"SonarQube's answer can't be read: {error}", source=source)
    return replace(
        gate, revision=str(analysis.get("revision") or "")[:200], analysed=_time(analysis.get("date")), source=source
    )


@dataclass(frozen=True, slots=True)
class _Server:
    base: str
    token: Secret | None
    timeout: float
    ca_file: str
    verify: bool

    def ask(self, path: str, parameters: Mapping[str, str]) -> dict[str, object]:
        """One answer. Raises Unmeasured where there is none, ValueError where it is no JSON object."""
        import requests

        from checks.requests_session import new_session, send

        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token.reveal()}"
        with new_session(self.ca_file, "", verify=self.verify) as session:
            wanted = requests.Request("GET", f"{self.base}/{path}", headers=headers, params=dict(parameters))
            try:
                answer = send(session, session.prepare_request(wanted), self.timeout)
            except AttemptError as error:
                raise Unmeasured(f"SonarQube: {error.words}", "check the server's address and that it runs") from error
        match answer.status:
            case 200:
                return _parsed(answer.body)
            case 401 | 403:
                remedy = "give it a token of a user who may browse the project"
                raise Unmeasured(f"SonarQube refused the token: status {answer.status}", remedy)
            case 404:
                raise Unmeasured("SonarQube does not know the project or branch: status 404", "check the project's key")
            case status:
                raise Unmeasured(f"SonarQube answered with status {status}", "look into the server's log")


def _newest(found: Mapping[str, object], project: str) -> Mapping[str, object]:
    analyses = found.get("analyses")
    if not isinstance(analyses, list):
        raise ValueError("it has no list of `analyses`")
    if not analyses:
        raise Unmeasured(f"SonarQube has no analysis of {project}", "run the scanner first")
    if not isinstance(analyses[0], dict) or not isinstance(analyses[0].get("key"), str):
        raise ValueError("an analysis has no `key`")
    return analyses[0]


def _parsed(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is no text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error.msg})") from None
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object holds a key twice")
    return found


def _time(value: object) -> datetime | None:
    """SonarQube writes `2026-01-31T12:00:00+0000`."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
