"""Labels as ELAN's tab-delimited text (docs/labels.md); it knows times to the millisecond.

Structure: https://www.mpi.nl/tools/elan/docs/manual/ (Exporting a document as a tab-delimited text file)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from clinic.review.exchange.common import Entry
from clinic.store.rows import Label
from data.errors import LabelsError
from data.labels import text_of
from data.recording import Recording

PRECISION_US = 1000
"""Step of ELAN's times."""
HEADER = (
    "Tier", "Participant", "Begin Time - hh:mm:ss.ms", "Begin Time - ss.msec", "End Time - hh:mm:ss.ms",
    "End Time - ss.msec", "Duration - ss.msec", "Annotation",
)  # fmt: skip
_FORMATS = (
    re.compile(r"(?P<h>\d+):(?P<m>\d\d):(?P<s>\d\d\.\d{1,6})"),
    re.compile(r"(?P<s>\d+\.\d{1,6})"),
    re.compile(r"(?P<ms>\d+)"),
)
"""A time as hours, minutes and seconds; as seconds; as milliseconds."""
_SIGNS = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_BACK = {v: k for k, v in _SIGNS.items()}


def write(labels: Sequence[Label], recording: Recording) -> bytes:
    """A line for each label, with a header; a tier holds what one rater said of one stream, without overlap.

    Where classes overlap, the tiers ``<stream> 2`` … take what the first cannot hold.

    Raises
    ------
    LabelsError
        For a label that lasts less than a millisecond.
    """
    origin = recording.interval.start
    ends: dict[tuple[str, str], list[int]] = {}
    lines = ["\t".join(HEADER)]
    for x in sorted(labels, key=lambda x: x.interval):
        start, end = (_milliseconds(t - origin) for t in (x.interval.start, x.interval.end))
        if start == end:
            raise LabelsError(
                "ELAN", f"the label {x.label!r} lasts {x.interval.duration} µs, less than it can tell", "export CSV"
            )
        tiers = ends.setdefault((x.stream, x.rater), [])
        free = next((n for n, busy in enumerate(tiers) if busy <= start), len(tiers))
        tiers[free : free + 1] = [end]
        tier = f"{x.stream}{f' {free + 1}' if free else ''}@{_escaped(x.rater)}"
        cells = (tier, _escaped(x.rater), _hms(start), _s(start), _hms(end), _s(end), _s(end - start))
        lines.append("\t".join((*cells, _escaped(x.label))))
    return ("\n".join(lines) + "\n").encode()


def read(path: Path, recording: Recording) -> list[Entry]:
    """The annotations of an export, with or without a header, in lines of their own or in a column for each tier.

    Begin and end are the first two times of one format in a line; a line that begins with ``#`` is not read.

    Raises
    ------
    LabelsError
        If a line has no begin and end, or the table no tiers.
    """
    entries: list[Entry] = []
    header: list[str] = []
    streams = {s.name for s in recording.streams}
    for number, line in enumerate(text_of(path.read_bytes(), path.name).replace("\r\n", "\n").split("\n"), start=1):
        cells = line.split("\t")
        if not line.strip() or line.startswith(("#", '"#')):
            continue
        where = f"{path.name}, line {number}"
        if not header and not entries and any(_is_time(c.strip()) for c in cells):
            header = [c.strip() for c in cells]
            continue
        start, end = _begin_and_end(cells, header, where)
        for tier, rater, text in _said(cells, header, where):
            stream, of = _stream_of(tier, streams)
            origin = recording.interval.start
            label = text or ("" if stream else tier)  # an empty annotation: then the tier's name is the class
            entries.append(Entry(where, stream, origin + start, origin + end, label, rater or of))
    return entries


def _begin_and_end(cells: list[str], header: list[str], where: str) -> tuple[int, int]:
    """Microseconds."""
    columns = cells[2:-1]  # after tier and participant, before the annotation
    if header:
        columns = [c for c, name in zip(cells, header, strict=False) if _is_time(name)]
    for form in _FORMATS:
        found = [m for c in columns if (m := form.fullmatch(c.strip()))]
        if len(found) >= 2:
            return _us(found[0]), _us(found[1])
    raise LabelsError(where, "it has no begin and end", "export begin and end time as hh:mm:ss.ms or ss.msec")


def _said(cells: list[str], header: list[str], where: str) -> list[tuple[str, str, str]]:
    """``(tier, participant, text)`` of what a line holds."""
    if "Tier" in header or not header:
        if len(cells) < 4 or (header and len(cells) != len(header)):
            raise LabelsError(where, f"it has {len(cells)} cells", "export tier, participant, times and annotation")
        first = header.index("Tier") if header else 0
        rater = header.index("Participant") if "Participant" in header else None if header else 1
        return [(cells[first], "" if rater is None else _plain(cells[rater]), _plain(cells[-1]))]
    if len(cells) > len(header):
        raise LabelsError(where, f"it has {len(cells)} cells and the header {len(header)}", "export it again")
    tiers = [(name, c) for name, c in zip(header, cells, strict=False) if not _is_time(name) and c.strip()]
    if not tiers:
        raise LabelsError(where, "it holds no annotation", "fill it in, or remove it, and export again")
    return [(name, "", _plain(c)) for name, c in tiers]


def _is_time(name: str) -> bool:
    """Whether a column holds times, by its name: ELAN ends it in the format, in any language."""
    return name.endswith(("hh:mm:ss.ms", "ss.msec", " msec"))


def _stream_of(tier: str, streams: set[str]) -> tuple[str, str]:
    """The stream and the rater that a tier's name tells, empty where it tells none."""
    name, _, rater = tier.partition("@")
    stream = re.sub(r" \d+$", "", name)
    return (stream if stream in streams else "", _plain(rater))


def _milliseconds(us: int) -> int:
    return (us + PRECISION_US // 2) // PRECISION_US


def _us(found: re.Match[str]) -> int:
    parts = {k: Decimal(v) for k, v in found.groupdict().items()}
    if "ms" in parts:
        return int(parts["ms"]) * 1000
    return int((parts.get("h", 0) * 3600 + parts.get("m", 0) * 60 + parts["s"]) * 1_000_000)


def _hms(ms: int) -> str:
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def _s(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"


def _escaped(text: str) -> str:
    return "".join(_SIGNS.get(c, c) for c in text)


def _plain(text: str) -> str:
    return re.sub(r"\\[\\tnr]", lambda m: _BACK[m[0]], text.strip())
