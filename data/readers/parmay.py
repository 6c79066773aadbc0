"""Parmay Matrix ``.BIN``: remarks, then packets with a checksum, a beginning and an end, and whole numbers."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers._assemble import Sensor, recording_of
from data.readers._blocks import block_stamps
from data.readers._damage import AGAIN, LENIENTLY, numbered
from data.readers._format import Request
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import CHANNELS, Placement, Recording, Side

_REMARKS = 512
_MARK, _PACKET = b"MDTC", b"MDTCPACK"
_LEAD = 36
"""Bytes of a packet before its numbers: mark, checksum, beginning, end, and four counts."""


@dataclass(frozen=True, slots=True)
class _Packet:
    start: int
    end: int
    acc: NDArray[np.int16]
    gyro: NDArray[np.int16]


def fits(head: bytes) -> bool:
    """Whether a file begins like one of these."""
    return head[_REMARKS : _REMARKS + 4] == _MARK


def read(request: Request) -> Recording:
    """Acceleration, and rotation where the device recorded it as often; heart rate and temperature are left."""
    path = request.path
    content = path.read_bytes()
    if len(content) < _REMARKS + 12:
        raise RecordingError(path.name, "it is cut off in its header", AGAIN)
    promised, acc_range, gyro_range = np.frombuffer(content, "<u4,<i2,<i2", 1, _REMARKS + 4)[0].tolist()
    if acc_range <= 0 or gyro_range <= 0:
        raise RecordingError(path.name, "its header does not say the sensors' ranges", AGAIN)
    said: list[str] = []
    packets = _joined(_packets(content, promised, path, said, is_lenient=request.lenient))
    counts = np.array([len(p.acc) for p in packets], dtype=np.int64)
    spans = np.array([p.end - p.start for p in packets])
    if (spans <= 0).any():
        raise RecordingError(path.name, "a packet of it ends before it begins", AGAIN)
    stamps = block_stamps(
        np.array([p.start * 1e6 for p in packets]), counts, 1e6 * float(spans.sum()) / int(counts.sum())
    )
    turns = any(len(p.gyro) for p in packets)
    columns = [np.concatenate([p.acc for p in packets]).astype(np.float32) * (acc_range / 32_768)]
    if turns and all(len(p.gyro) == len(p.acc) for p in packets):
        columns.append(np.concatenate([p.gyro for p in packets]).astype(np.float32) * (gyro_range / 32_768))
    elif turns:
        said.append("Rotation was not recorded as often as acceleration and was left out.")
    values = np.hstack(columns).astype(np.float32)
    channels = tuple((c, ((c, 1.0),)) for c in CHANNELS[: values.shape[1]])
    site = Site(Placement.UNKNOWN, Side.UNKNOWN, channels, acc_unit="g", gyro_unit="°/s")
    return recording_of([Sensor(site, Rows(stamps, values))], request, device="Parmay Matrix", is_utc=True, said=said)


def _packets(content: bytes, promised: int, path: Path, said: list[str], *, is_lenient: bool) -> list[_Packet]:
    if _PACKET not in content:
        raise RecordingError(path.name, "it holds no packet of samples", AGAIN)
    begins = [m.start() for m in re.finditer(_PACKET, content)]
    ends = [*begins[1:], len(content)]
    found = [_packet(content[a:b]) for a, b in zip(begins, ends, strict=True)]
    good = [p for p in found if p is not None]
    bad = [i for i, p in enumerate(found) if p is None]
    problem = f"{len(bad)} of its {len(found)} packets are damaged ({numbered(bad)})" if bad else ""
    if len(found) != promised:
        problem += f"{' and ' if problem else ''}it holds {len(found)} packets where its header promises {promised}"
    if problem and not is_lenient:
        raise RecordingError(path.name, problem, LENIENTLY)
    if not good:
        raise RecordingError(path.name, "it holds no packet of samples that can be trusted", AGAIN)
    if problem:
        said.append(f"Read leniently: {problem}; what is missing was left out.")
    return good


def _packet(raw: bytes) -> _Packet | None:
    if len(raw) < _LEAD or zlib.crc32(raw[12:]) != int.from_bytes(raw[8:12], "little"):
        return None
    start, end, n_acc, n_gyro = np.frombuffer(raw, "<u4", 4, 12).tolist()
    if not n_acc or len(raw) < _LEAD + 6 * (n_acc + n_gyro):
        return None
    numbers = np.frombuffer(raw, "<i2", 3 * (n_acc + n_gyro), _LEAD).reshape(-1, 3)
    return _Packet(start, end, numbers[:n_acc], numbers[n_acc:])


def _joined(packets: list[_Packet]) -> list[_Packet]:
    """Packets that follow upon one another as one: their times are whole seconds, too coarse for each alone."""
    out: list[list[_Packet]] = []
    for packet in packets:
        if out and out[-1][-1].end == packet.start:
            out[-1].append(packet)
        else:
            out.append([packet])
    return [
        _Packet(run[0].start, run[-1].end, *(np.concatenate([getattr(p, k) for p in run]) for k in ("acc", "gyro")))
        for run in out
    ]
