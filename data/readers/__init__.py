"""From a file to a recording: what a file is, is told by its content, never by its name alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from data.errors import RecordingError
from data.files import sha256_of
from data.readers import (
    _dialect,
    _packed,
    _profile,
    actigraph,
    apdm,
    axivity,
    columns,
    daphnet,
    edf,
    empatica,
    empatica_embraceplus,
    geneactiv,
    mobilised,
    motion_bids,
    motionsense,
    muse,
    packed,
    parmay,
    parquet,
    sensor_logger,
    shimmer,
    table,
    tdcsfog,
    tsdf,
    wfdb,
)
from data.readers._assemble import UNPLACED as UNPLACED
from data.readers._beside import parts_of_others as parts_of_others
from data.readers._edf_file import looks_like_edf
from data.readers._format import Format, Request
from data.readers._profile import Profile as Profile
from data.recording import Recording, Source

LARGEST = 20_000_000_000
"""Files of more bytes are refused: no recording of a person is that long."""


def _archive(request: Request) -> Recording:
    """The recording in an archive; archives within it are left."""

    def one(path: Path) -> Recording:
        if _sniffed(path)[0] in ("zip", "gzip"):
            raise RecordingError(path.name, "it is an archive within an archive", "unpack it and bring what is inside")
        return _read(path, request.profile, request.zone, request.memory, lenient=request.lenient)

    return packed.read(request, one)


_ALL = (
    Format("daphnet", "Daphnet text file", (".txt", ".csv"), daphnet.read),
    Format("tdcsfog", "tdcsfog or defog CSV", (".csv",), tdcsfog.read),
    Format("motionsense", "MotionSense CSV", (".csv",), motionsense.read),
    Format("empatica-e4", "Empatica E4 CSV", (".csv",), empatica.read),
    Format("sensor-logger", "Sensor Logger CSV", (".csv",), sensor_logger.read),
    Format("muse", "Mind Monitor CSV", (".csv",), muse.read),
    Format("edf", "EDF or EDF+ file", (".edf", ".rec"), edf.read),
    Format("bdf", "BDF or BDF+ file", (".bdf",), edf.read),
    Format("actigraph", "ActiGraph archive", (".gt3x",), actigraph.read),
    Format("axivity", "Axivity file", (".cwa",), axivity.read),
    Format("geneactiv", "GENEActiv file", (".bin",), geneactiv.read),
    Format("empatica-embraceplus", "Empatica EmbracePlus file", (".avro",), empatica_embraceplus.read),
    Format("apdm", "APDM Opal file", (".h5", ".hdf5"), apdm.read),
    Format("mobilise-d", "Mobilise-D MATLAB file", (".mat",), mobilised.read),
    Format("parmay-matrix", "Parmay Matrix file", (".bin",), parmay.read),
    Format("shimmer", "Shimmer3 log", (".bin",), shimmer.read),
    Format("tsdf", "TSDF recording", (".json",), tsdf.read, beside=(".bin",)),
    Format("wfdb", "WFDB record", (".hea",), wfdb.read, beside=(".dat",)),
    Format("motion-bids", "Motion-BIDS recording", (".tsv",), motion_bids.read, beside=(".json",)),
    Format("zip", "ZIP archive", (".zip",), _archive),
    Format("gzip", "gzip file", (".gz",), _archive),
    Format("parquet", "Parquet table", (".parquet", ".pq"), parquet.read),
    Format("table", "table of samples (CSV, TSV, text)", (".csv", ".tsv", ".txt", ".tab", ".dat", ".asc"), table.read),
)
FORMATS: dict[str, Format] = {f.name: f for f in _ALL}
"""Every format that can be read, by name."""

_BY_HEAD = (
    ("axivity", axivity.fits),
    ("geneactiv", geneactiv.fits),
    ("empatica-embraceplus", empatica_embraceplus.fits),
    ("apdm", apdm.fits),
    ("mobilise-d", mobilised.fits),
    ("parmay-matrix", parmay.fits),
    ("gzip", _packed.is_gzip),
    ("parquet", parquet.fits),
    ("shimmer", shimmer.fits),
)
_IN_SEVERAL_FILES = (("tsdf", tsdf.main_file), ("wfdb", wfdb.main_file), ("motion-bids", motion_bids.main_file))
_UNPACK = "unpack it and bring what is inside, or a ZIP archive of it"
_AS_CSV = "save the sheet with the samples as CSV"
_FOREIGN = (
    (8, b".FIT", "a Garmin FIT file", "export the accelerometer of the watch as CSV"),
    (0, b"%PDF", "a PDF document", "bring the recording itself"),
    (0, b"\xd0\xcf\x11\xe0", "an Excel or Word file of the old kind", _AS_CSV),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\xfd7zXZ", "an xz archive", _UNPACK),
    (257, b"ustar", "a tar archive", _UNPACK),
)


def sniff(path: Path) -> str:
    """The name of the format a file's content is in.

    Raises
    ------
    RecordingError
        When it cannot be opened, is empty, or is of no known format.
    """
    return _sniffed(Path(path))[0]


def read(
    path: Path,
    profile: Profile | Path | str | None = None,
    *,
    zone: str | None = None,
    memory: int | None = None,
    lenient: bool = False,
) -> Recording:
    """Read a recording from a file of any known format, or from a folder that is the export of one recording.

    Parameters
    ----------
    profile
        A column mapping, or its name or file; it wins over guessing.
    zone
        IANA zone of the patient, for files that name none.
    memory
        Bytes an intermediate may take before it goes on in a temporary file; None: a sensible limit.
    lenient
        Leave damaged parts of a device's file out, as gaps, and say so in the assumptions; by default such a
        file is refused.

    Raises
    ------
    RecordingError
        On anything that cannot be trusted, in one sentence: what, where, what to do.
    """
    mapping = profile if profile is None or isinstance(profile, Profile) else _profile.load(profile)
    try:
        return _read(Path(path), mapping, zone, memory, lenient=lenient)
    except RecordingError as error:
        if mapping is not None or not (fitting := columns.profiles_fitting(Path(path))):
            raise
        named = " or ".join(f"--profile {name}" for name in fitting)
        hint = f"read it with {named}, which is made for such columns; else {error.hint}"
        raise RecordingError(error.source, error.problem, hint) from error


def may_be_recording(name: str) -> bool:
    """Whether a file's name is one that recordings have; content tells, but in a folder not every file is opened.

    It has the ending of a known format, or is three figures alone, as a Shimmer numbers the logs on its card.
    """
    ending = Path(name).suffix.lower()
    return any(ending in f.endings for f in FORMATS.values()) if ending else re.fullmatch(r"\d{3}", name) is not None


def load_profile(profile: Path | str) -> Profile:
    """A column mapping by the name of a shipped one, or by its file.

    Raises
    ------
    RecordingError
        When there is none of that name, or it is not valid TOML.
    """
    return _profile.load(profile)


def profile_names() -> tuple[str, ...]:
    """The column mappings that come with the program."""
    return _profile.names()


def _read(path: Path, profile: Profile | None, zone: str | None, memory: int | None, *, lenient: bool) -> Recording:
    if path.is_dir():
        return packed.read_folder(path, lambda file: _read(file, profile, zone, memory, lenient=lenient))
    try:
        name, dialect = _sniffed(path)
        if profile is not None and dialect is not None:
            name = "table"
        size = path.stat().st_size
        if size > LARGEST:
            raise RecordingError(
                path.name, f"it has {size / 1e9:.0f} GB, more than a recording can have", "split it by days"
            )
        source = Source(path.name, size, sha256_of(path))
        recording = FORMATS[name].read(Request(path, source, dialect, profile, zone, memory, lenient))
    except OSError as error:
        raise _unreadable(path, error) from error
    return _with_note_on_ending(recording, FORMATS[name], path)


def _sniffed(path: Path) -> tuple[str, _dialect.Dialect | None]:
    head = _head(path)
    binary = _binary(path, head)
    if binary is not None:
        return binary, None
    for name, main_file in _IN_SEVERAL_FILES:
        if main_file(path, head) is not None:
            return name, None
    dialect = _dialect.understand(path)
    for name, module in (
        ("daphnet", daphnet),
        ("tdcsfog", tdcsfog),
        ("motionsense", motionsense),
        ("empatica-e4", empatica),
        ("sensor-logger", sensor_logger),
        ("muse", muse),
    ):
        if module.fits(dialect):
            return name, dialect
    return "table", dialect


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise RecordingError(path.name or str(path), "it is a folder", "name the files inside it")
    try:
        with path.open("rb") as stream:
            head = stream.read(1024)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not head:
        raise RecordingError(path.name, "it is empty", "check that the export was finished and copied whole")
    return head


def _binary(path: Path, head: bytes) -> str | None:
    for at, magic, what, hint in _FOREIGN:
        if head[at:].startswith(magic):
            raise RecordingError(path.name, f"it is {what}, which cannot be read", hint)
    if head.startswith(_packed.ZIP):
        with _packed.opened(path) as archive:
            names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            raise RecordingError(path.name, "it is an Excel workbook, which cannot be read", _AS_CSV)
        return "actigraph" if actigraph.fits(names) else "zip"
    if looks_like_edf(head):
        return "bdf" if head[0] == 0xFF else "edf"
    return next((name for name, fits in _BY_HEAD if fits(head)), None)


def _unreadable(path: Path, error: OSError) -> RecordingError:
    if isinstance(error, FileNotFoundError):
        return RecordingError(str(path), "there is no such file", "check the name and the folder")
    if isinstance(error, PermissionError):
        return RecordingError(str(path), "it may not be read", "ask for permission to read it")
    reason = error.strerror or type(error).__name__
    return RecordingError(str(path), f"reading failed ({reason})", "check the disk and try again")


def _with_note_on_ending(recording: Recording, kind: Format, path: Path) -> Recording:
    ending = path.suffix.lower()
    known = {e for f in FORMATS.values() for e in f.endings}
    if ending in (*kind.endings, *kind.beside) or ending not in known:
        return recording
    article = "an" if kind.title[0] in "AEO" else "a"
    note = f"The name ends in {ending}, but the content is {article} {kind.title}: read as that."
    return replace(recording, assumptions=(note, *recording.assumptions))
