"""A few rows out of order, put where their times say they belong; a clock that was put back is no such case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers._blocks import BlockStamps
from data.readers._timeline import CHUNK, Stamps

LATE_ROWS = 4096
"""How many rows a row may come too late and still be put in its place."""
MOST_MOVED = 0.02
"""Share of the rows that may be out of order: with more, nothing says that the rest is right."""
ORDERED = "sort or split the file, export it again, or read it leniently (--lenient), which puts a few rows in order"
"""What to do about a file whose time runs backwards."""
APART = "split it if it holds several recordings, or read it leniently (--lenient), which leaves a few wrong times out"
"""The same where it runs back so far that rows are not put in order."""
FAR_US = 10_000_000
"""A row that comes later than so much is not put in its place: its time is wrong."""
MOST_FAR = 0.001
"""Share of the rows whose time may be wrong by that much, each left out; with more, the clock was put back."""
HOPELESS = 100_000
"""With more rows than that out of order, a file is not read to its end."""

Pieces = Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]


def backwards(file: str, row: int, before_us: int, then_us: int, hint: str = ORDERED) -> RecordingError:
    """What a file is refused with whose time runs backwards at a row, counted from 0."""
    problem = f"time runs backwards from {_seconds(before_us)} to {_seconds(then_us)}"
    if hint == ORDERED and before_us - then_us > FAR_US:
        hint = APART
    return RecordingError(f"{file}, row {row + 1} of the data", problem, hint)


def first_back(stamps: Stamps) -> tuple[int, int, int] | None:
    """The first row whose stamp is before that of the row before it, with both stamps; None where there is none."""
    if isinstance(stamps, BlockStamps) and stamps.steps_us()[0] >= 0:
        return None
    for a in range(0, len(stamps), CHUNK):
        t = stamps[max(0, a - 1) : a + CHUNK]
        back = np.flatnonzero(np.diff(t) < 0)
        if len(back):
            at = int(back[0])
            return max(0, a - 1) + at + 1, int(t[at]), int(t[at + 1])
    return None


@dataclass(slots=True)
class Order:
    """Puts rows in order, piece after piece, and remembers what had to be moved.

    Parameters
    ----------
    drops
        Leave rows that come too late out in place of putting them in order.
    """

    file: str
    drops: bool = False
    moved: int = 0
    furthest_us: int = 0
    wrong: int = 0
    _rows: int = 0
    _moved_us: int = 0
    _latest: int | None = None
    _disturbed: list[tuple[int, int]] = field(default_factory=list)

    def ordered(self, pieces: Pieces) -> Pieces:
        """The rows by time; those of one stamp stay as they were.

        Raises
        ------
        RecordingError
            Where too many rows are out of order or of wrong times, or one comes more than :data:`LATE_ROWS` too late.
        """
        held: tuple[NDArray[np.int64], NDArray[np.float32]] | None = None
        done: int | None = None
        for t, values in self._without_ahead(pieces):
            late, far = self._late(t)
            left_out = late | far if self.drops else far
            t, values = t[~left_out], values[~left_out]  # noqa: PLW2901  what is left
            if self.drops:
                yield t, values
                continue
            if held is not None:
                t, values = np.concatenate([held[0], t]), np.concatenate([held[1], values])  # noqa: PLW2901  both
            by_time = np.argsort(t, kind="stable")
            t, values = t[by_time], values[by_time]  # noqa: PLW2901  in order from here on
            if done is not None and len(t) and t[0] < done:
                raise self._too_far((done - int(t[0])) / 1e6)
            sure = max(0, len(t) - LATE_ROWS)
            done = int(t[sure - 1]) if sure else done
            yield t[:sure], values[:sure]
            held = t[sure:], values[sure:]
        self._check_shares()
        if held is not None:
            yield held

    def _without_ahead(self, pieces: Pieces) -> Pieces:
        """The rows without single ones whose time is far ahead of both neighbours': those behind such a one are right.

        A row is given on once the next one is known.
        """
        held: tuple[NDArray[np.int64], NDArray[np.float32]] | None = None
        before: int | None = None
        for t, values in pieces:
            if held is not None:
                t, values = np.concatenate([held[0], t]), np.concatenate([held[1], values])  # noqa: PLW2901  both
            if not len(t):
                continue
            came_from = np.concatenate([[t[0] if before is None else before], t[:-1]])[:-1]
            falls = t[:-1] - t[1:]
            ahead = (falls > FAR_US) & (t[:-1] - came_from > FAR_US) & (t[1:] - came_from > -FAR_US)
            if before is None and len(falls):
                ahead[0] = falls[0] > FAR_US
            self.wrong += int(ahead.sum())
            self.furthest_us = max(self.furthest_us, int(falls[ahead].max(initial=0)))
            held = t[-1:], values[-1:]
            t, values = t[:-1][~ahead], values[:-1][~ahead]  # noqa: PLW2901  what is left
            before = int(t[-1]) if len(t) else before
            yield t, values
        if held is not None:
            yield held

    def is_put_back(self, stamps: Stamps, period_us: float) -> bool:
        """Whether rows lie twice as close where some were moved: two times then lie over one another.

        Parameters
        ----------
        stamps
            Of all rows, in order.
        """
        held = sum(_between(stamps, a, b) for a, b in self._disturbed)
        due = sum((b - a) / period_us + 1 for a, b in self._disturbed)
        return held > 1.3 * due + 2

    def said(self, title: str) -> list[str]:
        """What was done, in words."""
        far, said = f"{self._moved_us / 1e6:.3g} s", []
        if self.drops and self.moved:
            said.append(f"the clock was put back by up to {far}: {_rows(self.moved)} over earlier ones were left out")
        elif self.moved:
            said.append(f"{_rows(self.moved)} that came up to {far} too late put in order")
        if self.wrong:
            said.append(f"{_rows(self.wrong)} whose times were wrong left out")
        return [f"Read leniently: {title}: {'; '.join(said)}."] if said else []

    def _late(self, t: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of the next rows come after later ones, and which far too late; they are noted."""
        if not len(t):
            return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
        start = t[0] if self._latest is None else self._latest
        latest = np.maximum.accumulate(np.concatenate([[start], t]))
        behind = latest[:-1] - t
        far: NDArray[np.bool_] = behind > FAR_US
        late: NDArray[np.bool_] = (behind > 0) & ~far
        self._rows += len(t)
        self._latest = int(latest[-1])
        self.wrong += int(far.sum())
        self.moved += int(late.sum())
        self.furthest_us = max(self.furthest_us, int(behind.max()))
        if self.wrong + self.moved > HOPELESS:
            self._check_shares()
        if late.any():
            self._moved_us = max(self._moved_us, int(behind[late].max()))
            spans = zip(t[late].tolist(), latest[:-1][late].tolist(), strict=True)
            self._disturbed = _merged([*self._disturbed, *spans])
        return late, far

    def _check_shares(self) -> None:
        if self.wrong > max(1, MOST_FAR * self._rows):
            raise RecordingError(
                self.file,
                f"its clock was put back by {self.furthest_us / 1e6:.4g} s, or its rows are in no order",
                "split the file where the clock was changed and give the parts their starts (--start), or sort it",
            )
        if self.moved > max(3, MOST_MOVED * self._rows):
            raise RecordingError(
                self.file, f"{self.moved} of its {self._rows} rows are out of order", "sort it, or export it again"
            )

    def _too_far(self, seconds: float) -> RecordingError:
        problem = f"time runs backwards by {seconds:.4g} s, over more than {LATE_ROWS} rows"
        return RecordingError(self.file, problem, "sort or split the file, or export it again")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that overlap or touch as one, in order."""
    out: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return out


def _between(stamps: Stamps, first_us: int, last_us: int) -> int:
    """How many of the stamps, which are in order, lie from the first to the last."""
    count = 0
    for a in range(0, len(stamps), CHUNK):
        t = stamps[a : a + CHUNK]
        if t[0] > last_us:
            break
        count += int(np.searchsorted(t, last_us, "right") - np.searchsorted(t, first_us, "left"))
    return count


def _seconds(t_us: int) -> str:
    return f"{t_us / 1e6:.6f}".rstrip("0").rstrip(".") + " s"
