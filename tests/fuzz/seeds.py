"""What is damaged: a small real file for each reader, with the files beside it, and how to seal it again.

A seal puts checksums or a container right after the damage, so that what lies behind them is reached as well.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import fastavro
import h5py
import numpy as np
import scipy.io

from data.readers import read
from data.readers.edf_writer import write_edf

Seal = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Seed:
    """A recording in one or several files, of which one is damaged.

    ``content`` is what is damaged, ``seal`` makes the file ``name`` of it, ``beside`` lies with it.
    """

    reader: str
    name: str
    content: bytes
    beside: dict[str, bytes] = field(default_factory=dict)
    seal: Seal = bytes
    is_text: bool = False

    def write(self, folder: Path, content: bytes) -> Path:
        """The files in a folder; returns the damaged one."""
        for name, other in self.beside.items():
            (folder / name).write_bytes(other)
        path = folder / self.name
        path.write_bytes(self.seal(content))
        return path


def seeds(shared: Path, work: Path) -> dict[str, Seed]:
    """All seeds by name; ``work`` is a folder for files on the way."""
    device = shared / "device_files"
    return {
        **_blocks(device), **_archives(device), **_structured(device, work), **_neighbours(device),
        **_european(device, shared, work), **_tables(device, shared),
    }  # fmt: skip


def _blocks(device: Path) -> dict[str, Seed]:
    six = (device / "axivity/ax6_sample.cwa").read_bytes()[: 1024 + 40 * 512]
    three = (device / "axivity/ax3_testfile.cwa").read_bytes()[: 1024 + 30 * 512]
    geneactiv = (device / "geneactiv/gnactv_sample.bin").read_bytes()
    parmay = (device / "parmay_matrix/mtx_12.5Hz_acc_gyro.BIN").read_bytes()
    shimmer = (device / "shimmer/triaxcal_sample.bin").read_bytes()
    return {
        "axivity": Seed("axivity", "a.cwa", six),
        "axivity, checksums put right": Seed("axivity", "a.cwa", six, seal=_sealed_cwa),
        "axivity packed, checksums put right": Seed("axivity", "a.cwa", three, seal=_sealed_cwa),
        "geneactiv": Seed("geneactiv", "a.bin", geneactiv, is_text=True),
        "parmay": Seed("parmay-matrix", "a.BIN", parmay),
        "shimmer": Seed("shimmer", "a.bin", shimmer[: 256 + 600 * 29]),
    }


def _sealed_cwa(content: bytes) -> bytes:
    """Each block's sixteen-bit words add up to zero."""
    sealed = bytearray(content)
    for at in range(1024, len(sealed) - 511, 512):
        words = np.frombuffer(sealed, "<u2", 255, at)
        struct.pack_into("<H", sealed, at + 510, -int(words.sum()) & 0xFFFF)
    return bytes(sealed)


def _zipped(name: str, others: dict[str, bytes]) -> Seal:
    def seal(content: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, inside in {**others, name: content}.items():
                archive.writestr(other, inside)
        return packed.getvalue()

    return seal


def _sealed_log(content: bytes) -> bytes:
    """Each record's checksum fits it again, as far as the lengths of the records still lead."""
    sealed, at = bytearray(content), 0
    while at + 9 <= len(sealed):
        end = at + 8 + int.from_bytes(sealed[at + 6 : at + 8], "little")
        if end >= len(sealed):
            break
        sealed[end] = 0xFF ^ int(np.bitwise_xor.reduce(np.frombuffer(sealed, np.uint8, end - at, at)))
        at = end + 1
    return bytes(sealed)


def _archives(device: Path) -> dict[str, Seed]:
    whole = (device / "actigraph/ISM_Enabled.gt3x").read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        info, log = archive.read("info.txt"), archive.read("log.bin")
    with zipfile.ZipFile(device / "actigraph/neo.gt3x") as archive:
        old_info, old = archive.read("info.txt"), archive.read("activity.bin")[:9000]
    pack = _zipped("log.bin", {"info.txt": info})
    e4 = b"\n".join((device / "empatica_e4/long/ACC.csv").read_bytes().splitlines()[:1500])
    return {
        "actigraph": Seed("actigraph", "a.gt3x", whole),
        "actigraph, log": Seed("actigraph", "a.gt3x", log, seal=pack),
        "actigraph, log, checksums put right": Seed("actigraph", "a.gt3x", log, seal=lambda c: pack(_sealed_log(c))),
        "actigraph, header": Seed(
            "actigraph", "a.gt3x", info, seal=_zipped("info.txt", {"log.bin": log}), is_text=True
        ),
        "actigraph, old": Seed("actigraph", "a.gt3x", old, seal=_zipped("activity.bin", {"info.txt": old_info})),
        "zip": Seed("zip", "a.zip", _zipped("ACC.csv", {"tags.csv": b""})(e4)),
        "zip, what is in it": Seed("zip", "a.zip", e4, seal=_zipped("ACC.csv", {}), is_text=True),
        "gzip": Seed("gzip", "ACC.csv.gz", gzip.compress(e4)),
        "gzip, what is in it": Seed("gzip", "ACC.csv.gz", e4, seal=gzip.compress, is_text=True),
    }  # fmt: skip


def _structured(device: Path, work: Path) -> dict[str, Seed]:
    flat = work / "flat.mat"
    matlab = _short_matlab(device)
    scipy.io.savemat(flat, matlab, do_compression=False)
    packed = work / "packed.mat"
    scipy.io.savemat(packed, matlab, do_compression=True)
    parquet = (device / "parquet/example_data_2min.parquet").read_bytes()
    return {
        "embraceplus": Seed("empatica-embraceplus", "a.avro", _short_avro(device)),
        "apdm": Seed("apdm", "a.h5", _short_h5(device, work / "short.h5")),
        "mobilise-d": Seed("mobilise-d", "data.mat", flat.read_bytes()),
        "mobilise-d, packed": Seed("mobilise-d", "data.mat", packed.read_bytes()),
        "parquet": Seed("parquet", "a.parquet", parquet),
    }


def _short_matlab(device: Path) -> dict[str, object]:
    """One trial of a real recording, 300 samples of it."""
    whole = scipy.io.loadmat(device / "mobilised_mat/missing_sensor/data.mat", squeeze_me=True, struct_as_record=False)

    def kept(value: object) -> object:
        if hasattr(value, "_fieldnames"):
            return {n: kept(getattr(value, n)) for n in value._fieldnames if n != "Standards"}
        return value[:300] if isinstance(value, np.ndarray) and value.ndim and len(value) > 1000 else value

    return {"data": kept(whole["data"])}


def _short_avro(device: Path) -> bytes:
    with (device / "empatica_embraceplus/test_data.avro").open("rb") as stream:
        reader = fastavro.reader(stream)
        schema, session = reader.writer_schema, next(reader)
    for sensor in session["rawData"].values():
        for key in sensor.keys() & {"x", "y", "z", "values", "peaksTimeNanos"}:
            sensor[key] = sensor[key][:1000]
    written = io.BytesIO()
    fastavro.writer(written, schema, [session])
    return written.getvalue()


def _short_h5(device: Path, path: Path) -> bytes:
    with h5py.File(device / "apdm_opal/apdm_sample_lumbar_rightfoot.h5") as old, h5py.File(path, "w") as new:
        new.attrs.update(old.attrs)
        name = "Sensors/XI-010284"
        for key in ("Time", "Accelerometer", "Gyroscope"):
            new[f"{name}/{key}"] = old[f"{name}/{key}"][:1000]
            new[f"{name}/{key}"].attrs.update(old[f"{name}/{key}"].attrs)
        new.create_group(f"{name}/Configuration").attrs.update(old[f"{name}/Configuration"].attrs)
    return path.read_bytes()


def _neighbours(device: Path) -> dict[str, Seed]:
    tsdf = {n: (device / f"tsdf_verily/imu_{n}").read_bytes() for n in ("meta.json", "values.bin", "time.bin")}
    rows = 2000
    short = {
        "imu_meta.json": re.sub(rb'("rows":\s*)\d+', rb"\g<1>%d" % rows, tsdf["meta.json"]),
        "imu_values.bin": tsdf["values.bin"][: rows * 12],
        "imu_time.bin": tsdf["time.bin"][: rows * 4],
    }
    wfdb = {f"faros_from_edf{e}": (device / f"wfdb/faros_from_edf{e}").read_bytes() for e in (".hea", ".dat")}
    bids = _short_bids(device)
    found = {}
    for reader, files in (("tsdf", short), ("wfdb", wfdb), ("motion-bids", bids)):
        for name, content in files.items():
            rest = {n: c for n, c in files.items() if n != name}
            is_text = name.endswith((".json", ".hea", ".tsv"))
            title = name.removeprefix("sub-1_task-walk_tracksys-imu_")
            found[f"{reader}, {title}"] = Seed(reader, name, content, rest, is_text=is_text)
    return found


def _short_bids(device: Path) -> dict[str, bytes]:
    """The real description of sixteen sensors, the first of them kept, with a table of numbers."""
    source = device / "motion_bids/sub-pp002/motion"
    stem = "sub-1_task-walk_tracksys-imu_"
    head, *lines = next(source.glob("*_channels.tsv")).read_text().splitlines()
    kept = [line for line in lines if line.split("\t")[3] == lines[0].split("\t")[3]]
    table = io.StringIO()
    rng = np.random.default_rng(0)
    rising = [9.81 if "ACCEL_z" in line.split("\t")[0] else 0.0 for line in kept]
    np.savetxt(table, rng.normal(0, 0.3, (300, len(kept))) + rising, fmt="%.4f", delimiter="\t")
    told = json.loads(next(source.glob("*_motion.json")).read_text())
    return {
        f"{stem}motion.tsv": table.getvalue().encode(),
        f"{stem}channels.tsv": "\n".join([head, *kept]).encode() + b"\n",
        f"{stem}motion.json": json.dumps(told).encode(),
    }


def _european(device: Path, shared: Path, work: Path) -> dict[str, Seed]:
    table = work / "short.csv"
    table.write_bytes(_first(shared / "tdcsfog/original/3cd4c680cb.csv", 1500))
    recording = read(table)
    write_edf(recording, work / "a.edf")
    return {
        "edf": Seed("edf", "a.edf", (device / "faros_edf/testfile_read.EDF").read_bytes()[:30_000]),
        "edf+": Seed("edf", "a.edf", (work / "a.edf").read_bytes()),
    }


def _first(path: Path, lines: int) -> bytes:
    return b"\n".join(path.read_bytes().splitlines()[:lines]) + b"\n"


def _tables(device: Path, shared: Path) -> dict[str, Seed]:
    watch = "WatchAccelerometerUncalibrated.csv"
    sources = {
        "daphnet": (shared / "daphnet/original/S02R01.txt", "a.txt"),
        "tdcsfog": (shared / "tdcsfog/original/3cd4c680cb.csv", "a.csv"),
        "motionsense": (shared / "motionsense/original/A_DeviceMotion_data/wlk_15/sub_1.csv", "a.csv"),
        "empatica-e4": (device / "empatica_e4/long/ACC.csv", "ACC.csv"),
        "sensor-logger": (device / f"sensor_logger_apple_watch/{watch}", watch),
        "muse": (device / "muse_mind_monitor/read_test_data.csv", "a.csv"),
        "table, garmin": (device / "garmin_csv/acc.csv", "a.csv"),
        "table, shimmer": (device / "shimmer/triaxcal_calibrated.csv", "a.csv"),
        "table, xsens": (device / "xsens_mtw/MT_012005D6_009-001_00B421ED.txt", "a.txt"),
        "table, phyphox": (device / "phyphox_ios/other_recording/Accelerometer.csv", "Accelerometer.csv"),
        "table, actilife": (device / "actigraph/neo.csv", "a.csv"),
    }  # fmt: skip
    return {
        title: Seed(title.partition(",")[0], name, _first(path, 600), is_text=True)
        for title, (path, name) in sources.items()
    }
