"""The databases in which a journal may be."""

from tests.reports.store.conftest import postgresql, postgresql_server, sqlite

__all__ = ["postgresql", "postgresql_server", "sqlite"]
