"""Parts of a real Axivity file with its clock moved: a day each, another date, a change of clocks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HEADER, _BLOCK = 1024, 512
_SET_UP = 37
"""Where the header holds when the device was set up."""


def cut_cwa(
    source: Path,
    target: Path,
    blocks: slice = slice(None),
    *,
    start: str | None = None,
    set_up: str | None = None,
) -> Path:
    """Some blocks of a file, the first of the file moved to ``start``, as in ``2026-03-02 08:00``, and all with it.

    Parameters
    ----------
    set_up
        Moment at which the header says that the device was set up; None: as the file says.
    """
    content = source.read_bytes()
    head = bytearray(content[:_HEADER])
    every = np.frombuffer(content[_HEADER:], np.uint8).reshape(-1, _BLOCK).copy()
    if start is not None:
        moved = datetime.fromisoformat(start) - _unpacked(_stamps(every)[0])
        stamps = np.array([_packed(_unpacked(int(s)) + moved) for s in _stamps(every)], "<u4")
        every[:, 14:18] = stamps.view(np.uint8).reshape(-1, 4)
        every[:, 510:] = 0
        sums = -every.view("<u2").sum(axis=1, dtype=np.uint16)
        every[:, 510:] = sums.astype("<u2").view(np.uint8).reshape(-1, 2)
    if set_up is not None:
        head[_SET_UP : _SET_UP + 4] = _packed(datetime.fromisoformat(set_up)).to_bytes(4, "little")
    target.write_bytes(bytes(head) + every[blocks].tobytes())
    return target


def _stamps(blocks: NDArray[np.uint8]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(blocks[:, 14:18]).view("<u4").ravel()


def _unpacked(stamp: int) -> datetime:
    """A moment of six fields in 32 bits, years since 2000."""
    stamp = int(stamp)
    date = 2000 + (stamp >> 26), stamp >> 22 & 15, stamp >> 17 & 31
    return datetime(*date, stamp >> 12 & 31, stamp >> 6 & 63, stamp & 63)  # noqa: DTZ001  a wall clock


def _packed(moment: datetime) -> int:
    high = (moment.year - 2000) << 26 | moment.month << 22 | moment.day << 17
    return high | moment.hour << 12 | moment.minute << 6 | moment.second
