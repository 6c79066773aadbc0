"""Shimmer3, the log on its SD card: a header of 256 bytes, then samples of one width, each with a time.

Layout: Shimmer's description of the SD log of SDLog and LogAndStream. There is no checksum: what shows damage, or a
layout that is not known, is that the times of the samples no longer keep the beat of the sampling clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.files import Spool
from data.readers._assemble import Sensor, recording_of
from data.readers._damage import AGAIN, LENIENTLY
from data.readers._format import Request
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import CHANNELS, Placement, Recording, Side

_HEADER = 256
_TICKS_HZ = 32_768
"""What the times of samples and the pause between two of them are counted in."""
_WRAP = 1 << 24
"""Ticks after which the time of a sample starts anew."""
_DIVIDERS = range(8, _TICKS_HZ + 1)
_OFTEN = 8
"""A sample is on the beat within this part of the pause between two."""
_LOOKED_AT = 100
"""Samples, most of which are on the beat where the layout is as the header says."""
_PIECE = 1 << 16
"""Samples handled at once, where memory is not limited."""
_LATEST_S = 4_102_444_800
"""The year 2100, seconds since 1970."""
_KIND = 3
_OSCILLATOR = 0x10
_IN_STEP = 0x04
_LOW_NOISE, _ROTATION, _WIDE_RANGE = 0x80, 0x40, 0x1000
# One bit for each channel of the header's bytes 3 to 5, and the bytes of a sample that it takes. Those that a
# converter measures come first, with the low-noise accelerometer before them all, then those of chips, beginning with
# rotation and the wide-range accelerometer; how the others are ordered does not matter.
_MEASURED = {
    _LOW_NOISE: 6, 0x2000: 2, 0x02: 2, 0x01: 2, 0x0800: 2, 0x0400: 2, 0x0200: 2, 0x0100: 2, 0x80_0000: 2,
    0x8000: 4, 0x04: 2,
}  # fmt: skip
_OF_CHIPS = {
    _ROTATION: 6, _WIDE_RANGE: 6, 0x20: 6, 0x40_0000: 6, 0x20_0000: 6, 0x04_0000: 5,
    0x10: 7, 0x08: 7, 0x10_0000: 5, 0x08_0000: 5,
}  # fmt: skip
_CSV = "export it as CSV with Consensys"


@dataclass(frozen=True, slots=True)
class _Triad:
    """Three axes of a sensor in a sample, and their calibration: offset, counts a unit, and how the chip lies.

    Parameters
    ----------
    at, kind
        First byte in a sample, and the type of the three numbers there.
    offset, gain
        ``(3,)`` counts at zero and ``(3, 3)`` what makes our axes of the counts above them.
    """

    at: int
    kind: str
    offset: NDArray[np.float64]
    gain: NDArray[np.float64]

    def calibrated(self, counts: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """``(n, 3)`` in m/s² or °/s."""
        return np.asarray((counts - self.offset) @ self.gain.T, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Log:
    """What the header says.

    Parameters
    ----------
    divider
        Ticks from sample to sample.
    first, since_1970
        Ticks at the first sample on the device's counter, and what makes UTC of them.
    width
        Bytes of a sample.
    triads
        The sensors that are read: ``acc``, ``gyro``.
    """

    divider: int
    first: int
    since_1970: int
    width: int
    triads: Mapping[str, _Triad]
    said: tuple[str, ...]


def fits(head: bytes) -> bool:
    """Whether a file begins like one of these: by the numbers of its header, and the first time, which stands twice."""
    if len(head) < _HEADER + 2 or int.from_bytes(head[:2], "little") not in _DIVIDERS:
        return False
    is_named = head[30] == head[34] == head[36] == 0 and head[31] > 0 and head[35] > 0
    begins = head[252:254] == head[_HEADER : _HEADER + 2]
    return is_named and any(head[24:30]) and (begins or bool(head[16] & _IN_STEP))


def read(request: Request) -> Recording:
    """Acceleration, of the low-noise sensor where it was on, and rotation, on the clock that Consensys set."""
    path = request.path
    with path.open("rb") as stream:
        log = _log(stream.read(_HEADER), path)
    count, rest = divmod(path.stat().st_size - _HEADER, log.width)
    said = list(log.said)
    if not count:
        raise RecordingError(path.name, "it holds no samples", "check that the device recorded, and " + AGAIN)
    form = _form(log)
    ticks = np.concatenate([_ticks(piece) for piece in _pieces(path, form, count, request.memory)])
    good = _on_the_beat(ticks, log, request, said)
    if rest and not request.lenient:
        raise RecordingError(path.name, "it is cut off within a sample", LENIENTLY)
    if rest:
        said.append(f"Read leniently: the last {rest} bytes, part of a sample, were left out.")
    spool = Spool(3 * len(log.triads), np.float32, request.memory)
    try:
        first = 0
        for piece in _pieces(path, form, count, request.memory):
            here = piece[good[first : first + len(piece)]]
            first += len(piece)
            spool.append(np.hstack([t.calibrated(here[name]) for name, t in log.triads.items()]))
        values = spool.finish()
    finally:
        spool.close()
    channels = tuple((c, ((c, 1.0),)) for c in CHANNELS if c.split("_")[0] in log.triads)
    site = Site(Placement.UNKNOWN, Side.UNKNOWN, channels, acc_unit="m/s²", gyro_unit="°/s")
    sensor = Sensor(site, Rows(_stamps_us(ticks[good], log), values), _TICKS_HZ / log.divider)
    return recording_of([sensor], request, device="Shimmer3", is_utc=True, said=said)


def _log(head: bytes, path: Path) -> _Log:
    """The header, as far as it matters: who and what the trial was is left."""
    kind = int.from_bytes(head[30:32], "big")
    if kind != _KIND:
        raise RecordingError(path.name, f"it is of a Shimmer of kind {kind}, where only Shimmer3 is known", _CSV)
    if head[17] & _OSCILLATOR:
        raise RecordingError(path.name, "its times are counted by an oscillator of another, unknown rate", _CSV)
    on = int.from_bytes(head[3:8], "little")
    if unknown := on & ~sum((*_MEASURED, *_OF_CHIPS)):
        raise RecordingError(path.name, f"it has channels that are not known ({unknown:#x})", _CSV)
    measured = 3 + sum(size for bit, size in _MEASURED.items() if on & bit)
    width = measured + sum(size for bit, size in _OF_CHIPS.items() if on & bit)
    triads = _triads(head, on, measured, path)
    first = head[251] << 32 | int.from_bytes(head[252:256], "little")
    since_1970 = int.from_bytes(head[44:52], "big")
    if first + since_1970 > _LATEST_S * _TICKS_HZ:
        raise RecordingError(path.name, "its header puts its start after the year 2100", AGAIN)
    said: tuple[str, ...] = ()
    if on & _LOW_NOISE and on & _WIDE_RANGE:
        said = ("Of its two accelerometers the low-noise one was read, not the wide-range one.",)
    return _Log(int.from_bytes(head[:2], "little"), first, since_1970, width, triads, said)


def _triads(head: bytes, on: int, measured: int, path: Path) -> dict[str, _Triad]:
    """The accelerometer and the gyroscope of a sample, of which the first ``measured`` bytes come before the chips'."""
    found: dict[str, _Triad] = {}
    if on & _LOW_NOISE:
        found["acc"] = _triad(head, 139, "the low-noise accelerometer", path, 3, "<u2")
    elif on & _WIDE_RANGE:
        at = measured + (_OF_CHIPS[_ROTATION] if on & _ROTATION else 0)
        found["acc"] = _triad(head, 76, "the wide-range accelerometer", path, at, "<i2")
    if on & _ROTATION:
        found["gyro"] = _triad(head, 97, "the gyroscope", path, measured, ">i2", 100.0)
    if not found:
        raise RecordingError(
            path.name, "it holds no acceleration or rotation", "check that the sensors were switched on"
        )
    return found


def _triad(head: bytes, at: int, title: str, path: Path, byte: int, kind: str, scale: float = 1.0) -> _Triad:
    """A sensor with its 21 bytes of calibration: three offsets, three sensitivities, nine hundredths of directions."""
    offset, sensitivity = np.frombuffer(head, ">i2", 6, at).reshape(2, 3).astype(np.float64)
    lie = np.frombuffer(head, np.int8, 9, at + 12).reshape(3, 3) / 100
    # Of three axes at right angles it would be 1; a header that was never filled in says the same nine times.
    if sensitivity.min() <= 0 or not 0.5 < abs(float(np.linalg.det(lie))) < 2:
        raise RecordingError(path.name, f"its header holds no calibration of {title}", _CSV)
    return _Triad(byte, kind, offset, np.linalg.inv(lie) / (sensitivity / scale))


# Any: a record of numbers of several kinds
def _form(log: _Log) -> np.dtype[Any]:
    """What of a sample is looked at."""
    return np.dtype(
        {
            "names": ["ticks", *log.triads],
            "formats": ["(3,)u1", *(f"(3,){t.kind}" for t in log.triads.values())],
            "offsets": [0, *(t.at for t in log.triads.values())],
            "itemsize": log.width,
        }
    )


# Any: records of _form
def _pieces(path: Path, form: np.dtype[Any], count: int, memory: int | None) -> Iterator[NDArray[Any]]:
    each = _PIECE if memory is None else max(1024, min(_PIECE, memory // form.itemsize))
    for first in range(0, count, each):
        yield np.fromfile(path, form, min(each, count - first), offset=_HEADER + first * form.itemsize)


# Any: records of _form
def _ticks(piece: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(piece["ticks"].astype(np.int64) @ np.array([1, 1 << 8, 1 << 16]), dtype=np.int64)


def _on_the_beat(ticks: NDArray[np.int64], log: _Log, request: Request, said: list[str]) -> NDArray[np.bool_]:
    """``(n,)`` whether a sample's time is one of the sampling clock: those that are not stop a strict reading."""
    if _next(ticks, log.divider).all():
        return np.ones(len(ticks), dtype=np.bool_)
    name = request.path.name
    beats = np.abs(np.diff(ticks) % _WRAP - log.divider) <= log.divider // _OFTEN
    if beats[:_LOOKED_AT].mean() < 0.5:
        raise RecordingError(
            name, "its samples do not follow one another as its header says (times of another firmware, or of several "
            "Shimmers kept in step)", _CSV,
        )  # fmt: skip
    if not request.lenient:
        at = int(np.argmin(_next(ticks, log.divider))) + 1
        where = f"{name}, byte {_HEADER + at * log.width}"
        raise RecordingError(where, f"the time of sample {at} does not follow from the one before", LENIENTLY)
    # Beside a sample that is right lies another, one beat away; by chance that hardly ever is so.
    good: NDArray[np.bool_] = np.concatenate([[False], beats]) | np.concatenate([beats, [False]])
    kept = np.flatnonzero(good)
    follows = _next(ticks[kept], log.divider)
    if not follows.all():
        good[kept[int(np.argmin(follows)) + 1] :] = False
    # Where damage begins behind the time of a sample, only the time of the next one shows it.
    good[:-1] &= good[1:].copy()
    lost = int((~good).sum())
    said.append(
        f"Read leniently: {lost} of its {len(ticks)} samples, whose times or the next ones' are not on the sampling "
        "clock's beat, were left out."
    )
    return good


def _next(ticks: NDArray[np.int64], divider: int) -> NDArray[np.bool_]:
    """``(n - 1,)`` whether a sample comes whole beats after the one before.

    Of times that start anew after 512 s, one that is more than half of that later may as well be earlier.
    """
    steps = np.diff(ticks) % _WRAP
    beats = np.rint(steps / divider)
    is_near = np.abs(steps - beats * divider) <= divider // _OFTEN
    follows: NDArray[np.bool_] = is_near & (beats >= 1) & (steps < _WRAP // 2)
    return follows


def _stamps_us(ticks: NDArray[np.int64], log: _Log) -> NDArray[np.int64]:
    """UTC of samples, ``(n,)`` microseconds."""
    since = np.concatenate([[(int(ticks[0]) - log.first) % _WRAP], np.diff(ticks) % _WRAP]).cumsum()
    whole = since + (log.first + log.since_1970)
    # 10⁶ / 32768 = 15625 / 512, rounded to the nearest.
    return np.asarray((whole * 15_625 + 256) // 512, dtype=np.int64)
