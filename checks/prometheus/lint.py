"""What is wrong with a query that somebody wrote: what can never give a value, and what gives a misleading one.

Only what follows from the query's own text is said. Prometheus has the last word on everything else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.prometheus.promql import (
    Aggregation,
    Binary,
    Call,
    Literal,
    Node,
    PromqlError,
    Selector,
    Subquery,
    children,
    duration,
    parse,
    walk,
)

_RATES = frozenset(("rate", "irate", "increase"))
_SETS = frozenset(("and", "or", "unless"))
_AGAIN = "aggregate before dividing: sum(...) / sum(...)"


@dataclass(frozen=True, slots=True)
class Remark:
    """`never`: the query can't give what is asked of it, so it is a mistake; otherwise only a note for people."""

    words: str
    hint: str = ""
    never: bool = False


def lint(query: str, window: float | None, by: str = "") -> Iterator[Remark]:
    """Remarks on a query of which a value over `window` seconds (None: at one moment) is asked, for each `by`."""
    try:
        tree = parse(query)
    except PromqlError as error:
        yield Remark(f"it was not looked through for mistakes: {error}")
        return
    yield from _windows(tree, window)
    if by:
        known = labels_of(tree)
        if known is not None and by not in known:
            yield Remark(f"its result has no label {by!r}", f"write sum by ({by}) (...) on every side", never=True)
    for node in walk(tree):
        yield from _of_node(node)
    yield from _counters(tree, inside=False)


def selectors(query: str) -> tuple[Selector, ...]:
    """Everything that a query reads, each once; nothing where it can't be read."""
    try:
        return tuple(dict.fromkeys(node for node in walk(parse(query)) if isinstance(node, Selector)))
    except PromqlError:
        return ()


def labels_of(node: Node) -> frozenset[str] | None:
    """The labels that every series of a result has at most; None where the query's text doesn't say."""
    match node:
        case Aggregation(operator=operator) if operator in ("topk", "bottomk", "limitk", "limit_ratio"):
            return labels_of(node.of[0]) if node.of else None
        case Aggregation(operator=operator, by=by, without=None) if operator != "count_values":
            return frozenset(by or ())
        case Call(function="histogram_quantile" | "histogram_fraction", arguments=arguments) if arguments:
            inner = labels_of(arguments[-1])
            return inner - {"le"} if inner is not None else None
        case Call(function="label_replace" | "label_join" | "absent" | "scalar" | "info"):
            return None
        case Call(function="vector"):
            return frozenset()
        case Call(arguments=arguments):
            known = [labels_of(argument) for argument in arguments if not isinstance(argument, Literal)]
            return known[0] if len(known) == 1 else None
        case Subquery(of=of):
            return labels_of(of)
        case Binary(operator="or", left=left, right=right):
            one, other = labels_of(left), labels_of(right)
            return one | other if one is not None and other is not None else None
        case Binary(left=left, right=right, keyword="") if not _is_number(left) and not _is_number(right):
            return labels_of(left)
        case Binary(left=left, right=right):
            return labels_of(right) if _is_number(left) else labels_of(left) if _is_number(right) else None
        case _:
            return None


def _windows(tree: Node, window: float | None) -> Iterator[Remark]:
    found = {node.window for node in walk(tree) if isinstance(node, Selector) and node.window is not None}
    # Of a subquery, the outer range is the window; the inner one is how its values are smoothed.
    outer = {node.window for node in walk(tree) if isinstance(node, Subquery)}
    asked = outer or found
    if window is None:
        if asked:
            shown = ", ".join(f"[{duration(one)}]" for one in sorted(asked))
            yield Remark(f"it looks back over {shown}, and no window is asked for", "write `window:`", never=True)
        return
    for one in sorted(asked - {window}):
        words = f"it looks back over [{duration(one)}], and the window asked for is {duration(window)}"
        yield Remark(words, "write [$window] in the query", never=True)
    if not asked:
        yield Remark(
            f"it looks back over nothing, and the window asked for is {duration(window)}",
            "write [$window] in the query, or remove `window:`",
            never=True,
        )


def _of_node(node: Node) -> Iterator[Remark]:
    match node:
        case Binary(operator=operator, left=left, right=right) if not _is_number(left) and not _is_number(right):
            yield from _matching(node, operator, left, right)
        case Aggregation(operator="avg", of=(Binary(operator="/"), *_)):
            yield Remark("it averages ratios: an idle instance counts as much as a busy one", _AGAIN)
        case Call(function=function, arguments=(Subquery(of=of), *_)) if function in _RATES and _aggregates(of):
            words = f"{function}() of a sum: when one counter starts anew, all of it looks like a reset"
            yield Remark(words, f"take {function}() of each series, and sum() the results")
        case Call(function="histogram_quantile", arguments=(_, buckets)):
            known = labels_of(buckets)
            if known is not None and "le" not in known:
                words = "histogram_quantile() needs the label le, which the aggregation takes away"
                yield Remark(words, "write sum by (le) (...)", never=True)


def _matching(node: Binary, operator: str, left: Node, right: Node) -> Iterator[Remark]:
    if operator in _SETS:
        return
    one, other = labels_of(left), labels_of(right)
    if node.keyword == "" and one is not None and other is not None and one != other:
        words = f"its sides can't match: the left one has {_listed(one)}, the right one {_listed(other)}"
        yield Remark(words, "aggregate both sides by the same labels", never=True)
    elif node.keyword == "" and (one is None) != (other is None) and frozenset() in (one, other):
        words = f"the sides of `{operator}` hardly match: one is summed up and has no labels, the other is not"
        yield Remark(words, "aggregate both sides by the same labels")
    elif node.keyword == "on" and not node.group:
        lost = {label for known in (one, other) if known is not None for label in node.labels if label not in known}
        if lost:
            yield Remark(f"on ({', '.join(sorted(lost))}) asks for a label that a side does not have", never=True)
    if operator == "/" and one is None and other is None and node.keyword == "" and _plain_rates(left, right):
        yield Remark("it divides series by series, and sums nothing up: every instance is a result", _AGAIN)


def _counters(node: Node, *, inside: bool) -> Iterator[Remark]:
    """Counters that nothing takes the increase of."""
    match node:
        case Selector(name=name, window=None) if re.search(r"_(total|count|sum|bucket)$", name) and not inside:
            yield Remark(f"{name} counts since its start", "take rate() or increase() of it")
        case Call(function="count" | "absent" | "timestamp" | "present_over_time" | "count_over_time"):
            return
        case Aggregation(operator="count" | "group"):
            return
        case _:
            for inner in children(node):
                yield from _counters(inner, inside=inside or isinstance(node, Subquery))


def _plain_rates(*nodes: Node) -> bool:
    return all(isinstance(node, Call) and node.function in _RATES for node in nodes)


def _aggregates(node: Node) -> bool:
    return any(isinstance(inner, Aggregation) for inner in walk(node))


def _is_number(node: Node) -> bool:
    match node:
        case Literal():
            return True
        case Call(function="scalar" | "time" | "pi"):
            return True
        case Binary(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case _:
            return False


def _listed(labels: frozenset[str]) -> str:
    return f"the labels {', '.join(sorted(labels))}" if labels else "no labels"
