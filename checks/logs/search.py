"""Documents of Elasticsearch or OpenSearch as lines, oldest first, page by page in bounded memory.

The format is that of `POST /INDEX/_search` (Elasticsearch 7 and 8, OpenSearch 1 and 2). A page begins at the time of
the last document before it, and leaves out what was there already: that loses no document where many have the same
time, and needs no feature that only some versions have.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from checks.logs.account import Account
from checks.logs.entries import pick
from checks.logs.lines import Line
from checks.logs.probes import Search
from checks.secrets import reveal
from checks.units import format_value

_PAGE: Final = 1000
#: What Elasticsearch gives at once at most (`index.max_result_window`).
_LARGEST_PAGE: Final = 10_000
_LARGEST_ANSWER: Final = 256 << 20
_ACCESS: Final = "give it credentials that may read the index: `headers: {Authorization: ...}`"
_THERE: Final = "is this its address, and does it run?"


class SearchError(Exception):
    """No whole answer came. `words`: why; `remedy`: what to do."""

    def __init__(self, words: str, remedy: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy


def read_search(source: Search, since: float | None, account: Account, seconds: float) -> Iterator[Line]:
    """Every document since `since` (seconds since the epoch). `seconds`: for one answer.

    What can't be read, an answer of some shards only, and an index that is not there are noted in the account.
    """
    import requests

    begin: float | str | None = since
    seen: frozenset[str] = frozenset()
    number, size = 0, _PAGE
    account.parts += 1
    with requests.Session() as session:
        while True:
            try:
                hits = _page(session, source, begin, size, seconds)
                fresh = [hit for hit in hits if _key(hit) not in seen]
                for hit in fresh:
                    number += 1
                    yield _line(hit, number)
                if len(hits) < size:
                    return
                last = _time(hits[-1], source)
            except SearchError as error:
                account.lacks(error.words, error.remedy)
                return
            if last == begin:
                # A whole page of one moment: the next one has to be larger, or it would be the same again.
                if size == _LARGEST_PAGE:
                    account.lacks(f"more than {_LARGEST_PAGE:,} documents have the time {last}")
                    return
                size = _LARGEST_PAGE
            else:
                size = _PAGE
                seen = frozenset()
            seen |= {_key(hit) for hit in hits if _time(hit, source) == last}
            begin = last


def _page(
    session: Any, source: Search, begin: float | str | None, size: int, seconds: float
) -> list[Mapping[str, Any]]:
    import requests

    url = f"{reveal(source.url).rstrip('/')}/{source.index}/_search"
    headers = {"Content-Type": "application/json", **{name: reveal(value) for name, value in source.headers}}
    body = json.dumps(_query(source, begin, size))
    try:
        with session.post(
            url,
            data=body,
            headers=headers,
            timeout=seconds,
            verify=(source.ca_file or True) if source.verify else False,
            allow_redirects=False,
            stream=True,
        ) as response:
            raw = response.raw.read(_LARGEST_ANSWER + 1, decode_content=True)
            status = response.status_code
    except requests.Timeout:
        raise SearchError(f"Elasticsearch did not answer within {format_value(seconds, 's')}", _THERE) from None
    except (requests.RequestException, OSError) as error:
        raise SearchError(f"Elasticsearch can't be asked: {_innermost(error)}", _THERE) from None
    except Exception as error:  # noqa: BLE001 - urllib3's errors of a broken body, which requests lets through
        raise SearchError(f"Elasticsearch's answer broke off: {type(error).__name__}") from None
    if len(raw) > _LARGEST_ANSWER:
        raise SearchError("Elasticsearch's answer is larger than 256 MiB", "take a shorter `since:`")
    return _hits(_document(raw, status), status, source)


def _query(source: Search, begin: float | str | None, size: int) -> dict[str, Any]:
    filters: list[dict[str, Any]] = [{"match_phrase": {name: value}} for name, value in source.where]
    if begin is not None:
        # Numbers are seconds since the epoch; texts are times as the index itself wrote them.
        bound: dict[str, Any] = {"gte": begin}
        if not isinstance(begin, str):
            bound = {"gte": int(begin * 1000), "format": "epoch_millis"}
        filters.append({"range": {source.time_field: bound}})
    return {
        "size": size,
        "sort": [{source.time_field: "asc"}],
        "query": {"bool": {"filter": filters}},
        "track_total_hits": False,
    }


def _document(raw: bytes, status: int) -> Mapping[str, Any]:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping):
        raise SearchError(f"what answered is no Elasticsearch: status {status}, and no JSON object", _THERE)
    return document


def _hits(document: Mapping[str, Any], status: int, source: Search) -> list[Mapping[str, Any]]:
    if status != 200:
        error = document.get("error")
        reason = error.get("reason") if isinstance(error, Mapping) else error
        words = f"Elasticsearch answered {status} for {source.index}: {str(reason)[:200]}"
        raise SearchError(words, _ACCESS if status in (401, 403) else "is this the index, and is it there?")
    if document.get("timed_out") is not False:
        raise SearchError(
            "Elasticsearch gave up before it had looked everywhere (timed_out)", "take a shorter `since:`"
        )
    shards = document.get("_shards")
    if not isinstance(shards, Mapping) or shards.get("failed") != 0:
        raise SearchError("a part of the index could not be read (_shards.failed)", "look at the cluster's health")
    outer = document.get("hits")
    hits = outer.get("hits") if isinstance(outer, Mapping) else None
    if not isinstance(hits, list) or not all(isinstance(hit, Mapping) for hit in hits):
        raise SearchError("Elasticsearch's answer has no list of hits")
    return hits


def _time(hit: Mapping[str, Any], source: Search) -> str | float:
    fields = hit.get("_source")
    found = pick(fields, (source.time_field,)) if isinstance(fields, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise SearchError(f"a document has no {source.time_field} that could be read on from", "name `time_field:`")
    # A number in a date field is milliseconds since the epoch.
    return found if isinstance(found, str) else found / 1000


def _line(hit: Mapping[str, Any], number: int) -> Line:
    fields = hit.get("_source")
    if not isinstance(fields, Mapping):
        raise SearchError("a document comes without its _source", "switch `_source` on for this index")
    text = json.dumps(fields, ensure_ascii=False, allow_nan=True)
    return Line(str(hit.get("_index", "index")), number, text.encode("utf-8", "replace"), fields=fields)


def _key(hit: Mapping[str, Any]) -> str:
    return f"{hit.get('_index')}/{hit.get('_id')}"


def _innermost(error: BaseException) -> str:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(getattr(error, "strerror", None) or error)[:200]
