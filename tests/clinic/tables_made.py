"""Tables of labels written for a test. Import as ``from tests.clinic.tables_made import ...``."""

import csv
from pathlib import Path

HEAD = ("file", "stream", "start_s", "end_s", "label")


def table(path: Path, rows: list[tuple[object, ...]], head: tuple[str, ...] = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path
