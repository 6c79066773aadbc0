"""The clinic's memory: append-only rows in one DuckDB file, signals and vectors as files beside it."""

from clinic.store.access import StoreError
from clinic.store.people import check_code
from clinic.store.store import Store

__all__ = ["Store", "StoreError", "check_code"]
