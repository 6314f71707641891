"""Measurements as JSON: what generators send each second, what the final document and the artefact hold."""

from collections.abc import Mapping
from typing import Any

from load.histogram import Histogram
from load.measured import Health, Measured
from load.strict import Misplaced, Place
from load.tally import Tally


def measured_to_dict(measured: Measured) -> dict[str, Any]:
    """The JSON form. Windows are keys (texts), histograms are flat lists: bucket, count, bucket, count, ..."""
    return {
        "interval": measured.interval,
        "tallies": {
            name: {str(window): tally_to_dict(tally) for window, tally in sorted(by_window.items())}
            for name, by_window in sorted(measured.tallies.items())
        },
        "users": {str(window): users for window, users in sorted(measured.users.items())},
        "health": {str(window): health_to_dict(health) for window, health in sorted(measured.health.items())},
    }


def measured_from(place: Place) -> Measured:
    """The inverse of `measured_to_dict`. Raises ValueError that names the place."""
    interval, tallies, users, health = place.fields("interval", "tallies", "users", "health")
    if interval.count() < 1:
        raise interval.wrong("a whole number of at least 1")
    return Measured(
        interval.count(),
        {name: {_window(key, at): tally_from(at) for key, at in inner.items()} for name, inner in tallies.items()},
        {_window(key, at): at.count() for key, at in users.items()},
        {_window(key, at): health_from(at) for key, at in health.items()},
    )


def tally_to_dict(tally: Tally) -> dict[str, Any]:
    """The JSON form of a Tally."""
    return {
        "intended": tally.intended,
        "late": tally.late,
        "successes": tally.successes,
        "failures": dict(sorted(tally.failures.items())),
        "lost": dict(sorted(tally.lost.items())),
        "dropped": tally.dropped,
        "response": histogram_to_dict(tally.response),
        "service": histogram_to_dict(tally.service),
    }


def tally_from(place: Place) -> Tally:
    """The inverse of `tally_to_dict`. Raises ValueError that names the place."""
    intended, late, successes, failures, lost, dropped, response, service = place.fields(
        "intended", "late", "successes", "failures", "lost", "dropped", "response", "service"
    )
    return place.built(
        lambda: Tally(
            intended.count(),
            late.count(),
            successes.count(),
            _kinds(failures),
            _kinds(lost),
            dropped.count(),
            histogram_from(response),
            histogram_from(service),
        )
    )


def histogram_to_dict(histogram: Histogram) -> dict[str, Any]:
    """The JSON form of a Histogram."""
    flat = [number for pair in sorted(histogram.counts.items()) for number in pair]
    return {"buckets": flat, "infinite": histogram.infinite}


def histogram_from(place: Place) -> Histogram:
    """The inverse of `histogram_to_dict`. Raises ValueError that names the place."""
    buckets, infinite = place.fields("buckets", "infinite")
    flat = [number.count() for number in buckets.each()]
    if len(flat) % 2 or len(set(flat[::2])) * 2 != len(flat):
        raise buckets.wrong("pairs of a bucket and its count, each bucket once")
    return place.built(lambda: Histogram(dict(zip(flat[::2], flat[1::2], strict=True)), infinite.count()))


def health_to_dict(health: Health) -> dict[str, Any]:
    """The JSON form of a Health."""
    return {
        "cpu": health.cpu,
        "lateness": histogram_to_dict(health.lateness),
        "latest": health.latest,
        "processes": health.processes,
    }


def health_from(place: Place) -> Health:
    """The inverse of `health_to_dict`. Raises ValueError that names the place."""
    cpu, lateness, latest, processes = place.fields("cpu", "lateness", "latest", "processes")
    return Health(cpu.amount(), histogram_from(lateness), latest.amount(), processes.count())


def _kinds(place: Place) -> Mapping[str, int]:
    return {kind: count.count() for kind, count in place.items()}


def _window(key: str, place: Place) -> int:
    # `str.isdigit` takes digits of any script and leading zeros, which would give one window two keys.
    if len(key) > 9 or not key.isascii() or not key.isdigit() or str(int(key)) != key:
        raise Misplaced(f"{place.path}: {key!r} is not the number of a window")
    return int(key)
