"""Prometheus itself, where it is what is looked at: is it ready, does its configuration hold."""

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError, Down, Unmeasured
from checks.metrics_page.scrape import scrape
from checks.monitoring.server import Server
from checks.prometheus.api import data

_RELOADED = "prometheus_config_last_reload_successful"


def look_at_prometheus(name: str, server: Server) -> tuple[Evidence, ...]:
    """`NAME.ready`, `NAME.config_loaded` (the last reload was good), `NAME.alertmanagers` (that it sends alerts to).

    Here a Prometheus that is down is a Reading: it is part of what is being judged.
    """
    attempt = Attempt(name, server.source("/-/ready"))
    try:
        answer = server.get("/-/ready")
    except AttemptError as error:
        return (attempt.failed(error, "ready"),)
    if answer.status != 200:
        return (attempt.reading("ready", False, "bool", answer.unlike("it is not ready")),)
    return (attempt.reading("ready", True, "bool"), _config(name, server), _alertmanagers(name, server))


def _config(name: str, server: Server) -> Evidence:
    attempt = Attempt(name, server.source("/metrics"))
    try:
        found = [value for _, value in scrape(server, "/metrics").page.named(_RELOADED)]
    except (Down, Unmeasured) as error:
        return attempt.gap("config_loaded", error.words)
    if len(found) != 1:
        return attempt.gap("config_loaded", f"its own page of metrics has no {_RELOADED}")
    words = "" if found[0] == 1 else "the last reload failed: what runs is not what the files say"
    return attempt.reading("config_loaded", found[0] == 1, "bool", words)


def _alertmanagers(name: str, server: Server) -> Evidence:
    attempt = Attempt(name, server.source("/api/v1/alertmanagers"))
    try:
        active = data(server, "/api/v1/alertmanagers")["activeAlertmanagers"]
        places = [str(one["url"]) for one in active]
    except Unmeasured as error:
        return attempt.gap("alertmanagers", error.words, error.remedy)
    except (KeyError, TypeError) as error:
        return attempt.gap("alertmanagers", f"the list can't be read: {type(error).__name__}: {error}"[:300])
    return attempt.reading("alertmanagers", len(places), "1", ", ".join(places[:5]))
