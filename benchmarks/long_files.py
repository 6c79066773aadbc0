"""Devices' files as long as a person wears them: real ones whose blocks are repeated with the clock going on."""

from __future__ import annotations

import re
import struct
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np


def long_cwa(source: Path, target: Path, hours: float) -> Path:
    """An Axivity file: blocks over and over, each round later by its own length, checksums put right."""
    content = source.read_bytes()
    blocks = np.frombuffer(content[1024:], np.uint8).reshape(-1, 512).copy()
    seconds = np.array([_unpacked(int(b[14:18].copy().view("<u4")[0])).timestamp() for b in blocks])
    fractions = blocks[:, 4:6].copy().view("<u2").ravel()
    exact = seconds + np.where(fractions & 0x8000, (fractions & 0x7FFF) / 32768, 0.0)
    # As many blocks a round as come nearest to whole seconds, since whole seconds are what is added.
    step = (exact[-1] - exact[0]) / (len(exact) - 1)
    counts = np.arange(len(blocks) // 4, len(blocks))
    count = int(counts[np.argmin(np.abs(counts * step - np.round(counts * step)))])
    each = round(count * step)
    with target.open("wb") as out:
        out.write(content[:1024])
        for turn in range(round(hours * 3600 / each)):
            later = blocks[:count].copy()
            stamps = [
                _packed(_unpacked(int(b[14:18].copy().view("<u4")[0])) + timedelta(seconds=turn * each)) for b in later
            ]
            later[:, 14:18] = np.array(stamps, "<u4").view(np.uint8).reshape(-1, 4)
            later[:, 10:14] = np.arange(turn * count, (turn + 1) * count, dtype="<u4").view(np.uint8).reshape(-1, 4)
            sums = -later.view("<u2")[:, :255].astype(np.int64).sum(axis=1) & 0xFFFF
            later[:, 510:512] = sums.astype("<u2").view(np.uint8).reshape(-1, 2)
            out.write(later.tobytes())
    return target


def _unpacked(stamp: int) -> datetime:
    """A moment of six fields in 32 bits, years since 2000."""
    date = 2000 + (stamp >> 26), stamp >> 22 & 15, stamp >> 17 & 31
    return datetime(*date, stamp >> 12 & 31, stamp >> 6 & 63, stamp & 63)  # noqa: DTZ001  a wall clock


def _packed(moment: datetime) -> int:
    high = (moment.year - 2000) << 26 | moment.month << 22 | moment.day << 17
    return high | moment.hour << 12 | moment.minute << 6 | moment.second


def long_geneactiv(source: Path, target: Path, hours: float) -> Path:
    """A GENEActiv file: pages of 300 samples over and over, numbered on, each as much later as it is long."""
    head, *pages = source.read_bytes().split(b"Recorded Data")
    rate = float(re.search(rb"Measurement Frequency:([\d.]+)", pages[0])[1])
    first = re.search(rb"Page Time:(\S+ [\d:]+)", pages[0])[1].decode()
    begin = datetime.strptime(first + "000", "%Y-%m-%d %H:%M:%S:%f")  # noqa: DTZ007  a wall clock
    count = round(hours * 3600 * rate / 300)
    with target.open("wb") as out:
        out.write(re.sub(rb"(Number of Pages:)\d+", rb"\g<1>%d" % count, head))
        for i in range(count):
            at = (begin + timedelta(seconds=300 * i / rate)).strftime("%Y-%m-%d %H:%M:%S:%f")[:-3]
            page = re.sub(rb"Page Time:\S+ [\d:]+", b"Page Time:" + at.encode(), pages[i % len(pages)], count=1)
            out.write(b"Recorded Data" + re.sub(rb"(Sequence Number:)\d+", rb"\g<1>%d" % i, page, count=1))
    return target


def long_gt3x(source: Path, target: Path, hours: float) -> Path:
    """An ActiGraph file: a second's record over and over, its checksum put right."""
    with zipfile.ZipFile(source) as archive:
        info, log = archive.read("info.txt"), archive.read("log.bin")
    records, at = [], 0
    while at < len(log):
        _, kind, second, size = struct.unpack_from("<BBIH", log, at)
        if kind == 26 and size > 1:
            records.append((second, log[at + 8 : at + 8 + size]))
        at += 9 + size
    written = bytearray()
    for i in range(round(hours * 3600)):
        payload = records[i % len(records)][1]
        record = struct.pack("<BBIH", 0x1E, 26, records[0][0] + i, len(payload)) + payload
        check = 0xFF ^ int(np.bitwise_xor.reduce(np.frombuffer(record, np.uint8)))
        written += record + bytes([check])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("info.txt", info)
        archive.writestr("log.bin", bytes(written))
    return target
