"""An empty database of each kind that a store may be in."""

import pytest
from sqlalchemy import create_engine, make_url

from tests.servers.postgresql import postgresql as start


@pytest.fixture
def sqlite(tmp_path):
    """The path of a file that is not there yet, in a folder that is not there yet."""
    return str(tmp_path / "new" / "state.sqlite3")


@pytest.fixture(scope="session")
def postgresql_server(need):
    """The URL of a server's first database."""
    with start(need("postgresql")) as url:
        yield url


@pytest.fixture
def postgresql(postgresql_server):
    """The URL of an empty database."""
    url = make_url(postgresql_server)
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
            connection.exec_driver_sql("CREATE DATABASE fresh")
    finally:
        engine.dispose()
    return url.set(database="fresh").render_as_string(hide_password=False)
