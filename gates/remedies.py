"""The next step for people where nobody wrote a better one (S3-15): each failure comes with its remedy."""

import re

from checks.evidence import Evidence, Reading

#: End of the subject -> pattern in the evidence's own words -> what to do. The first that fits is said.
_BY_SUBJECT: tuple[tuple[str, str, str], ...] = (
    (".up", r"connection refused", "is the service running, and does it listen at this address?"),
    (".up", r"no answer within|timed out", "read the service's log: it accepts connections and does not answer"),
    (".up", r"certificate", "renew the certificate, or trust its authority with `ca_file`"),
    (".up", r"does not resolve|no such host|not known", "check the name's DNS records"),
    (
        ".up",
        r"body ended|reset|closed",
        "read the logs of the service and of the proxy before it: an answer was cut off",
    ),
    (".certificate.expires_in", "", "renew the certificate"),
    (".certificate.trusted", "", "renew the certificate, or trust its authority with `ca_file`"),
    (".certificate.covers_name", "", "get a certificate that names this host"),
    (".response_time", "", "look at what is slow (CPU, database, a dependency) before asking users to wait"),
    (".duration", "", "look at which step is slow"),
    (".status", r"redirects to", "is a log-in page or another host in the way? The target has to answer by itself"),
    (".status", r"^5", "read the service's log for this request"),
    (".status", r"^404", "is the route there in this release, and is the URL right?"),
    (".status", r"^40[13]", "check the credentials that the environment's file sends"),
    (".healthy", "", "take the bad members out of traffic, or replace them"),
    (".ready", "", "read the service's log: why is it not ready?"),
    (".release.version", "", "is the new release deployed everywhere?"),
    (".release.id", "", "is the new release deployed everywhere?"),
    (".release.commit", "", "is the new release deployed everywhere?"),
    (".json.version", "", "is the new release deployed everywhere?"),
    (".json.release_id", "", "is the new release deployed everywhere?"),
)
_GAPS: tuple[tuple[str, str], ...] = (
    (r"event loop lagged", "run it again on a machine that is less busy, or lower `measure.concurrency`"),
    (r"resolver|name server", "check the name resolution of the machine that runs Tidegate"),
    (r"was not judged in this run", "run the whole stage, without a selection"),
)


def remedy_for(evidence: Evidence) -> str:
    """What to do about evidence that did not pass, or nothing where we know no better than its reason."""
    if not isinstance(evidence, Reading):
        return next((text for pattern, text in _GAPS if re.search(pattern, evidence.reason)), "")
    words = f"{evidence.value} {evidence.detail}"
    for ending, pattern, text in _BY_SUBJECT:
        if evidence.subject.endswith(ending) and re.search(pattern, words):
            return text
    return ""
