"""Where the state store lies."""

from pathlib import Path

import pytest

from reports.store import StoreError, default_path, open_store

HOME_STATE = Path.home() / ".local/state/tidegate/state.sqlite3"


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({}, HOME_STATE),
        ({"TIDEGATE_STATE": ""}, HOME_STATE),
        ({"XDG_STATE_HOME": "relative"}, HOME_STATE),
        ({"XDG_STATE_HOME": "/state"}, Path("/state/tidegate/state.sqlite3")),
        ({"XDG_STATE_HOME": "/state", "TIDEGATE_STATE": "/here/runs.db"}, Path("/here/runs.db")),
        ({"TIDEGATE_STATE": "~/runs.db"}, Path.home() / "runs.db"),
    ],
)
def test_the_first_that_is_set(environ, path):
    """TIDEGATE_STATE, then XDG_STATE_HOME where it is absolute, then the home folder."""
    assert default_path(environ) == path


def test_a_url_is_not_taken_for_a_path():
    """A database URL would silently become a folder `postgresql:`; it is refused."""
    with pytest.raises(StoreError, match="SQLite file"):
        default_path({"TIDEGATE_STATE": "postgresql://db/tidegate"})


def test_the_default_store_is_at_the_default_place(tmp_path, monkeypatch):
    """`open_store()` asks the environment."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "runs.db"))
    assert open_store().history() == ()
