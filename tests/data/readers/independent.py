"""Slow and obvious second readings of devices' files: by another library, or from the format's description alone.

Each gives all samples of one sensor in file order, ``(n, channels)`` float64, in g and °/s.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import IO, Any

import actfast
import fastavro
import h5py
import numpy as np
import pandas as pd
import pyedflib
import scipy.io

from data.units import DEGREES, STANDARD_GRAVITY


def cwa_blocks(path: Path, without: tuple[int, ...] = ()) -> np.ndarray:
    """Axivity: 512 bytes a block; ten bits with a shared exponent, or six words of sixteen."""
    content = path.read_bytes()
    blocks = [content[at : at + 512] for at in range(1024, len(content), 512)]
    return np.concatenate([_cwa_block(b) for i, b in enumerate(blocks) if i not in without])


def _cwa_block(block: bytes) -> np.ndarray:
    light, packing = int.from_bytes(block[18:20], "little"), block[25]
    rows = []
    for k in range(int.from_bytes(block[28:30], "little")):
        if packing & 15 == 0:
            word = int.from_bytes(block[30 + 4 * k : 34 + 4 * k], "little")
            tens = [(word >> shift) & 1023 for shift in (0, 10, 20)]
            rows.append([(v - 1024 if v > 511 else v) * 2 ** (word >> 30) / 256 for v in tens])
        else:
            words = np.frombuffer(block, "<i2", 6, 30 + 12 * k).astype(float)
            gyro = words[:3] * (8000 / 2 ** ((light >> 10) & 7)) / 32768
            rows.append([*(words[3:] / 2 ** (8 + (light >> 13))), *gyro])
    return np.array(rows)


def geneactiv_pages(path: Path) -> np.ndarray:
    """GENEActiv: 48 bits a sample, twelve for each axis, with the calibration of the header."""
    content = path.read_bytes()
    told = {}
    for line in content.split(b"Recorded Data")[0].decode(errors="replace").splitlines():
        key, _, value = line.partition(":")
        told[key] = value
    gain, offset = (np.array([int(told[f"{a} {what}"]) for a in "xyz"]) for what in ("gain", "offset"))
    rows = []
    for page in content.split(b"Recorded Data")[1:]:
        cells = page.split(b"\n")[9].strip()
        for at in range(0, len(cells) - 11, 12):
            raw = [int(cells[at + 3 * i : at + 3 * i + 3], 16) for i in range(3)]
            rows.append([v - 4096 if v > 2047 else v for v in raw])
    return (np.array(rows) * 100 - offset) / gain


def gt3x_log(path: Path) -> np.ndarray:
    """ActiGraph: the records of kind 26 hold three words of sixteen bits a sample, 256 to a g."""
    with zipfile.ZipFile(path) as archive:
        log = archive.read("log.bin")
    rows: list[tuple[int, ...]] = []
    at = 0
    while at < len(log):
        _, kind, _, size = struct.unpack_from("<BBIH", log, at)
        if kind == 26 and size > 1:
            rows.extend(struct.iter_unpack("<3h", log[at + 8 : at + 8 + size]))
        at += 9 + size
    return np.array(rows) / 256


def by_actfast(path: Path) -> np.ndarray:
    """Axivity, GENEActiv and one kind of ActiGraph, as the library actfast reads them."""
    series = actfast.read(str(path))["timeseries"]
    found = series["acceleration"] if "acceleration" in series else series["high_frequency"]
    kinds = [found[k] for k in ("acceleration", "gyroscope") if k in found]
    return np.hstack(kinds).astype(np.float64)


def packet_numbers(path: Path) -> np.ndarray:
    """Parmay Matrix: the words of its packets, not scaled."""
    acc, gyro = [], []
    for packet in path.read_bytes().split(b"MDTCPACK")[1:]:
        n_acc, n_gyro = struct.unpack_from("<2I", packet, 12)
        numbers = np.frombuffer(packet, "<i2", 3 * (n_acc + n_gyro), 28).reshape(-1, 3)
        acc.append(numbers[:n_acc])
        gyro.append(numbers[n_acc:])
    return np.hstack([k for k in (np.concatenate(acc), np.concatenate(gyro)) if len(k)])


def avro_session(path: Path) -> np.ndarray:
    """EmbracePlus: whole numbers that span the declared physical range."""
    with path.open("rb") as stream:
        acc = next(fastavro.reader(stream))["rawData"]["accelerometer"]
    by = acc["imuParams"]
    share = (np.array([acc[a] for a in "xyz"]).T - by["digitalMin"]) / (by["digitalMax"] - by["digitalMin"])
    return by["physicalMin"] + share * (by["physicalMax"] - by["physicalMin"])


def opal_sensor(path: Path, label: str) -> np.ndarray:
    """APDM: metres per second squared and radians per second in two tables of a sensor's group."""
    with h5py.File(path) as file:
        for group in file["Sensors"].values():
            told = group["Configuration"].attrs["Label 0"]
            if (told.decode() if isinstance(told, bytes) else str(told)).strip("\0 ") == label:
                return np.hstack([group["Accelerometer"][:] / STANDARD_GRAVITY, group["Gyroscope"][:] * DEGREES])
    raise AssertionError(label)


def matlab_trials(path: Path) -> np.ndarray:
    """Mobilise-D, by SciPy: all trials that have a sensor, in the order of their times."""
    found = []

    def search(value: object) -> None:
        if hasattr(value, "Acc") and hasattr(value, "Gyr") and np.size(value.Acc):
            found.append((np.ravel(value.Timestamp)[0], np.hstack([value.Acc, value.Gyr])))
        elif hasattr(value, "_fieldnames"):
            for name in value._fieldnames:
                search(getattr(value, name))

    search(scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)["data"])
    return np.concatenate([values for _, values in sorted(found, key=lambda f: f[0])])


def edf_signals(path: Path, titles: list[str]) -> np.ndarray:
    """EDF, by pyedflib: the signals of these titles as they are scaled."""
    with pyedflib.EdfReader(str(path)) as file:
        labels = [label.strip() for label in file.getSignalLabels()]
        return np.array([file.readSignal(labels.index(title)) for title in titles]).T


def text_columns(file: Path | IO[bytes], titles: list[str] | list[int], **how: Any) -> np.ndarray:
    """A text table's columns by title or number, by pandas, unscaled."""
    return pd.read_csv(file, **how)[titles].to_numpy(np.float64)


def zipped_columns(path: Path, member: str, titles: list[str]) -> np.ndarray:
    """Columns of a text table within an archive, unscaled."""
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        return text_columns(file, titles)
