"""Where the state store lies."""

from pathlib import Path

import pytest

from reports.store import StoreError, default_place, open_store, place_of

HOME_STATE = "~/.local/state/tidegate/state.sqlite3"


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({}, HOME_STATE),
        ({"TIDEGATE_STATE": ""}, HOME_STATE),
        ({"XDG_STATE_HOME": "relative"}, HOME_STATE),
        ({"XDG_STATE_HOME": "/state"}, "/state/tidegate/state.sqlite3"),
        ({"XDG_STATE_HOME": "/state", "TIDEGATE_STATE": "/here/runs.db"}, "/here/runs.db"),
        ({"TIDEGATE_STATE": "~/runs.db"}, "~/runs.db"),
    ],
)
def test_the_first_that_is_set(environ, path):
    """TIDEGATE_STATE, then XDG_STATE_HOME where it is absolute, then the home folder."""
    assert default_place(environ) == path


def test_a_path_may_begin_at_home():
    """As a shell would read it; a user whom nobody knows is an error, not a folder of that name."""
    assert place_of("~/runs.db").label == str(Path.home() / "runs.db")
    with pytest.raises(StoreError, match="no home folder"):
        place_of("~nobody-of-this-name/runs.db")


@pytest.mark.parametrize("url", ["mysql://db/tidegate", "postgresql://", "postgresql://db", "://", "sqlite:///x"])
def test_a_url_of_something_else_is_refused(url):
    """And says what can be written; a PostgreSQL URL is taken, and its password is shown to nobody."""
    with pytest.raises(StoreError, match=r"postgresql://user@host:5432/database"):
        place_of(url)
    assert place_of("postgresql://me:hunter2-of-tests@db/tidegate").label == "postgresql://me:***@db/tidegate"


def test_a_server_that_does_not_answer_is_an_error_in_words():
    """Not knowing what was kept is not the same as an empty store."""
    store = open_store("postgresql://me:hunter2-of-tests@127.0.0.1:1/tidegate")
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1/tidegate: .*(refused|failed)") as caught:
        store.history()
    assert "hunter2" not in str(caught.value)


def test_the_default_store_is_at_the_default_place(tmp_path, monkeypatch):
    """`open_store()` asks the environment."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "runs.db"))
    assert open_store().history() == ()
