"""Files that were made to do harm: archives that burst or lead out of their folder, tables of absurd shapes."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

Bomb = Callable[[Path], Path]

_ROWS = "".join(f"{i / 100:.2f},0.01,0.02,1.0{i % 10}\n" for i in range(1000))
_TABLE = ("time,acc_x,acc_y,acc_z\n" + _ROWS).encode()


def bombs() -> dict[str, Bomb]:
    """What writes each hostile file into a folder, by its name."""
    found: dict[str, Bomb] = {}
    for name in (
        "../a.csv",
        "/tmp/a.csv",
        "..\\a.csv",
        "C:\\a.csv",
        "a/../../a.csv",
        "x" * 5000 + ".csv",
        "",
        "a\x00.csv",
        "nul:.csv",
    ):
        found[f"zip, name {name[:12]!r}"] = _zip({name: _TABLE})
    found |= {
        "zip, link": _link,
        "zip of 300 MB of zeros": _large({"a.csv": (b"\0", 300_000_000)}),
        "zip of 300 MB of one line": _large({"a.csv": (b"1,2,3\n", 50_000_000)}),
        "zip that says it is small": _lying(10),
        "zip that says it is huge": _lying(0xFFFFFFF0),
        "zip of 5000 files": _zip({f"{i}.csv": b"1" for i in range(5000)}),
        "zip in a zip in a zip": _zip({"a.zip": _packed({"b.zip": _packed({"a.csv": _TABLE})})}),
        "zip whose files overlap": _overlapping,
        "zip of the same name twice": _zip({"A.csv": _TABLE, "a.csv": _TABLE}),
        "gzip of 300 MB of zeros": lambda f: _file(f / "a.csv.gz", gzip.compress(b"\0" * 300_000_000, 1)),
        "gzip of 300 MB of rows": lambda f: _file(f / "a.csv.gz", gzip.compress(b"0.01,0,0,1\n" * 28_000_000, 1)),
        "gzip in gzip in gzip": lambda f: _file(f / "a.gz", gzip.compress(gzip.compress(gzip.compress(_TABLE)))),
        "gt3x whose log is 300 MB of zeros": _large(
            {"info.txt": (_INFO, 1), "log.bin": (b"\0", 300_000_000)}, "a.gt3x"
        ),
        "gt3x whose header is 300 MB": _large({"info.txt": (b"A: 1\n", 60_000_000), "log.bin": (b"", 1)}, "a.gt3x"),
        "gt3x of one record over years": _zip({"info.txt": _INFO, "log.bin": _far_records()}, "a.gt3x"),
        "table of 100 000 columns": lambda f: _wide(f, 100_000, 20, named=True),
        "table of 100 000 columns without names": lambda f: _wide(f, 100_000, 20, named=False),
        "table of 100 000 columns named alike": lambda f: _wide(f, 100_000, 5, named=True, alike="acc_x"),
        "table of 90 000 columns of nothing": lambda f: _file(f / "a.csv", (b"," * 90_000 + b"\n") * 20),
        "table of 90 000 columns of nothing after rows": lambda f: _file(
            f / "a.csv", _TABLE + (b"," * 90_000 + b"\n") * 200
        ),
        "table of 20 000 columns": lambda f: _wide(f, 20_000, 100, named=True, alike="x"),
        "table of 1000 columns": lambda f: _wide(f, 1000, 2000, named=True),
        "one line of 100 MB": lambda f: _file(f / "a.csv", b"1.0," * 25_000_000),
        "one number of 100 MB": lambda f: _file(f / "a.csv", b"1" * 100_000_000),
        "a name of 50 MB": lambda f: _file(f / "a.csv", b"time," + b"x" * 50_000_000 + b",b,c\n" + _ROWS.encode()),
        "ten million empty lines": lambda f: _file(f / "a.csv", b"\n" * 10_000_000),
        "a quote that never ends": lambda f: _file(f / "a.csv", b'time,acc_x,acc_y,acc_z\n"' + _ROWS.encode() * 300),
        "only delimiters": lambda f: _file(f / "a.csv", b",;\t " * 5_000_000),
        "rows over a century": lambda f: _file(f / "a.csv", _times(["0", "1", "3153600000"])),
        "times beyond 64 bits": lambda f: _file(f / "a.csv", _times(["0", "1e25", "1e300"])),
        "a step of a picosecond": lambda f: _file(f / "a.csv", _times([f"{i}e-12" for i in range(2000)])),
        "Latin-1 text": lambda f: _file(f / "a.csv", "zeit,größe,acc_x,acc_y\n".encode("latin-1") + _ROWS.encode()),
        "UTF-16 without a mark": lambda f: _file(f / "a.csv", _TABLE.decode().encode("utf-16-le")),
        "UTF-7 and bytes that are no text": lambda f: _file(f / "a.csv", b"+AGE-,\xff\xfe\xfd\n" + _TABLE),
        "a header of EDF for 9999 signals": lambda f: _file(f / "a.edf", _edf_header(9999)),
        "a header of EDF for 99999999 records": lambda f: _file(f / "a.edf", _edf_header(3, records=99_999_999)),
        "JSON nested 100 000 deep": lambda f: _file(f / "a_meta.json", b"[" * 100_000),
        "JSON of one long number": lambda f: _file(f / "a_meta.json", b'{"rows": ' + b"9" * 5_000_000 + b"}"),
        "a WFDB header of 100 000 signals": _wfdb(100_000, 10),
        "a WFDB header of 10^15 samples": _wfdb(3, 10**15),
        "an HDF5 of a declared terabyte": _declared_terabyte,
        "a MATLAB file that unpacks to 300 MB": _matlab_bomb,
        "an Avro block of a declared 2^60 bytes": lambda f: _file(
            f / "a.avro", b"Obj\x01\x02\x16avro.schema\x0e\"bytes\"\x00" + b"s" * 16 + b"\x02" + b"\xff" * 8 + b"\x0f"
        ),
        "a Parquet footer of 2 GiB": lambda f: _file(f / "a.parquet", b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1"),
        "Parquet that unpacks to 800 MB": _parquet_bomb,
    }  # fmt: skip
    return found


_INFO = b"Serial Number: X\r\nSample Rate: 30\r\nTimeZone: 00:00:00\r\nAcceleration Scale: 256.0\r\n"


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _packed(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name) if name else zipfile.ZipInfo("x"), content, zipfile.ZIP_DEFLATED, 1)
    return packed.getvalue()


def _zip(files: dict[str, bytes], name: str = "a.zip") -> Bomb:
    return lambda folder: _file(folder / name, _packed(files))


def _large(files: dict[str, tuple[bytes, int]], name: str = "a.zip") -> Bomb:
    """An archive of repeated contents, which are made only when it is written."""

    def write(folder: Path) -> Path:
        return _file(folder / name, _packed({n: piece * times for n, (piece, times) in files.items()}))

    return write


def _link(folder: Path) -> Path:
    info = zipfile.ZipInfo("a.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return folder / "a.zip"


def _lying(size: int) -> Bomb:
    """An archive whose headers tell another size of what is in it."""

    def write(folder: Path) -> Path:
        content = bytearray(_packed({"a.csv": _TABLE * 2000}))
        struct.pack_into("<I", content, 22, size)
        struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 24, size)
        return _file(folder / "a.zip", bytes(content))

    return write


def _overlapping(folder: Path) -> Path:
    """A directory whose entries all point to one packed file."""
    content = _packed({"a.csv": b"0" * 10_000_000})
    at = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entry, count = content[at:end], 1500
    directory = b"".join(entry.replace(b"a.csv", b"%05d" % i) for i in range(count))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), at, 0)
    return _file(folder / "a.zip", content[:at] + directory + tail)


def _far_records() -> bytes:
    """Two records a hundred years apart."""
    found = b""
    for second in (1, 3_153_600_000):
        record = struct.pack("<BBIH", 0x1E, 26, second, 180) + bytes(180)
        check = 0xFF
        for byte in record:
            check ^= byte
        found += record + bytes([check])
    return found


def _wide(folder: Path, columns: int, rows: int, *, named: bool, alike: str = "") -> Path:
    names = [alike or f"c{i}" for i in range(columns)]
    row = ",".join("0.1" for _ in range(columns))
    lines = ([",".join(names)] if named else []) + [row] * rows
    return _file(folder / "wide.csv", "\n".join(lines).encode())


def _times(stamps: list[str]) -> bytes:
    return b"time_s,acc_x,acc_y,acc_z\n" + "".join(f"{t},0,0,1\n" for t in stamps).encode()


def _edf_header(signals: int, records: int = 10) -> bytes:
    head = b"0".ljust(8) + b" " * 160 + b"01.01.2001.01.01" + str(256 * (signals + 1)).encode().ljust(8) + b" " * 44
    return (
        head
        + str(records).encode().ljust(8)
        + b"1".ljust(8)
        + str(signals).encode().ljust(4)
        + b"1" * 256 * min(signals, 50)
    )


def _wfdb(signals: int, samples: int) -> Bomb:
    def write(folder: Path) -> Path:
        (folder / "a.dat").write_bytes(bytes(6000))
        lines = [f"a {signals} 100 {samples}"] + ["a.dat 16 1000(0)/g 16 0 0 0 0 acc_x"] * signals
        return _file(folder / "a.hea", "\n".join(lines).encode())

    return write


def _declared_terabyte(folder: Path) -> Path:
    import h5py

    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        file.attrs["FileFormatVersion"] = 5
        group = file.create_group("Sensors/X")
        group.create_group("Configuration").attrs["Sample Rate"] = 128
        group.create_dataset("Time", (10**11,), "<u8", chunks=(1024,))
        for name in ("Accelerometer", "Gyroscope"):
            group.create_dataset(name, (10**11, 3), "<f4", chunks=(1024, 3))
    return path


def _matlab_bomb(folder: Path) -> Path:
    import zlib

    inside = struct.pack("<II", 14, 300_000_000) + bytes(300_000_000)
    packed = zlib.compress(inside, 1)
    head = b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + b"\x00\x01IM"
    return _file(folder / "data.mat", head + struct.pack("<II", 15, len(packed)) + packed)


def _parquet_bomb(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "a.parquet"
    zeros = pa.array([0.0], pa.float64()).take(pa.array([0] * 5_000_000, pa.int32()))
    with pq.ParquetWriter(path, pa.schema([(n, pa.float64()) for n in ("time", "acc_x", "acc_y", "acc_z")])) as writer:
        for _ in range(5):
            writer.write_table(pa.table(dict.fromkeys(("time", "acc_x", "acc_y", "acc_z"), zeros)))
    return path
