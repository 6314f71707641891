"""The state store: every run, kept by service, environment, release, stage and time."""

from reports.store.interface import Entry, Kept, Store, StoreError, UnknownRunError
from reports.store.place import default_place, open_store, place_of

__all__ = ["Entry", "Kept", "Store", "StoreError", "UnknownRunError", "default_place", "open_store", "place_of"]
