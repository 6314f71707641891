"""The rate limit on log-in: by user name, bounded, and forgetting."""

import pytest

from demo.failed_logins import ALLOWED, REMEMBERED, FailedLogins


class Clock:
    """A clock that a test turns on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    """Stands still until a test moves it."""
    return Clock()


def test_the_limit_and_the_wait(clock):
    """One below the limit may try at once; at the limit it takes a second; others are not concerned."""
    failed = FailedLogins(clock)
    for _ in range(ALLOWED - 1):
        failed.add("eve")
    assert failed.wait("eve") == 0.0
    failed.add("eve")
    assert failed.wait("eve") == 1.0
    assert failed.wait("bob") == 0.0
    clock.now += 0.5
    assert failed.wait("eve") == pytest.approx(0.5)
    clock.now += 0.5
    assert failed.wait("eve") == 0.0


def test_what_is_remembered_is_bounded(clock):
    """Of too many names, the one that failed longest ago is forgotten."""
    failed = FailedLogins(clock)
    for name in ("first", "second"):
        for _ in range(ALLOWED):
            failed.add(name)
    for number in range(REMEMBERED - 1):
        failed.add(f"user-{number}")
    assert failed.wait("first") == 0.0
    assert failed.wait("second") > 0.0


def test_a_user_who_fails_too_often_has_to_wait(healthy, fetch):
    """429 with Retry-After for that name, even with the right password; another user logs in meanwhile."""
    url = healthy.addresses["replica_1_url"]

    def log_in(user, password="wrong"):
        return fetch(url, "/api/v1/login", "POST", content={"user": user, "password": password})

    answers = [log_in("mallory") for _ in range(40)]
    statuses = [answer.status for answer in answers]
    assert statuses[:ALLOWED] == [401] * ALLOWED
    refused = next(answer for answer in answers if answer.status == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert log_in("demo", "demo").status == 200


def test_who_logs_in_rightly_is_never_limited(healthy, fetch):
    """Only failures count."""
    right = {"user": "demo", "password": "demo"}
    url = healthy.addresses["replica_1_url"]
    assert {fetch(url, "/api/v1/login", "POST", content=right).status for _ in range(3 * ALLOWED)} == {200}
