"""What was understood of a file before anything is stored: one row of the import page, and a minute of signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clinic.home import Home
from clinic.intake import problem_of
from clinic.intake_preview.minute import minute_svg
from clinic.intake_preview.words import (
    page_hint,
    quality_words,
    rates_words,
    sensors_words,
    starts_words,
    unit_words,
    why_words,
    worn_words,
)
from clinic.reading import NOTHING, Said, is_zone_open, read_said, read_together
from clinic.timeline.clock import clock_for, length
from data.errors import MotionwardError, RecordingError
from data.quality import assess
from data.readers import may_be_recording, parts_of_others
from data.readers.columns import look_at, profiles_fitting
from data.recording import Clock, Placement, Recording

MOST_FILES = 50
"""Files that are looked at in one go."""
NOT_KNOWN = "not known: store, but do not judge"

LIGHTS = {
    "good": ("●", "good", "#009E73"),
    "check": ("▲", "to check", "#E69F00"),
    "answer": ("▲", "needs an answer", "#E69F00"),
    "refused": ("☒", "refused", "#1F2933"),
    "here": ("○", "already here", "#48535E"),
}
"""Sign, word and colour of each state; the sign never stands without the word."""


@dataclass(frozen=True, slots=True)
class Site:
    """One sensor of a file: ``worn`` in words, ``unknown`` when the file does not say."""

    stream: str
    worn: str
    why: str

    @property
    def is_known(self) -> bool:
        """Whether the file, or its name, says where it was worn."""
        return self.worn != Placement.UNKNOWN.value


@dataclass(frozen=True, slots=True)
class Preview:
    """One row, ready to show. A refused file has only ``file``, ``size``, ``problem`` and ``hint``.

    Parameters
    ----------
    state
        A key of :data:`LIGHTS`, before anybody answered.
    guesses
        Every assumption of the reader, a sentence each.
    plot
        A minute as SVG, and its caption.
    is_table
        Whether its columns can be said by hand.
    asks_zone
        Whether its times are a wall clock of which nobody has said the zone.
    fitting
        Shipped profiles that are made for the columns of a refused table.
    dropped
        What a lenient reading left out; of a refused file, what it would leave out.
    """

    path: Path
    size: int
    state: str
    sha256: str = ""
    device: str = ""
    sensors: str = ""
    sites: tuple[Site, ...] = ()
    rate: str = ""
    unit: str = ""
    starts: str = ""
    clock: str = ""
    span: str = ""
    duration_us: int = 0
    quality: str = ""
    quality_why: str = ""
    guesses: tuple[str, ...] = ()
    plot: str = ""
    caption: str = ""
    problem: str = ""
    hint: str = ""
    is_table: bool = False
    has_date: bool = False
    asks_zone: bool = False
    dropped: tuple[str, ...] = ()
    fitting: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.path.name

    @property
    def can_be_read(self) -> bool:
        """Whether it is a recording at all."""
        return self.state != "refused"

    def waits(self, answers: dict[str, str]) -> bool:
        """Whether a sensor's place is not known and nobody has answered; ``answers`` by stream."""
        return any(not s.is_known and not answers.get(s.stream) for s in self.sites)

    def light(self, answers: dict[str, str]) -> str:
        """The state, with the answers so far."""
        if self.state == "answer" and not self.waits(answers):
            return "good" if self.quality_said(answers)[0] == "good" else "check"
        return self.state

    def quality_said(self, answers: dict[str, str]) -> tuple[str, str]:
        """The quality as a word and a sentence; that of a good signal is its place while nobody knows it."""
        left = [s for s in self.sites if not s.is_known and answers.get(s.stream) in (None, "", NOT_KNOWN)]
        if self.state != "answer" or self.quality != "good" or not left:
            return self.quality, self.quality_why
        return "placement", "the file does not say where it was worn"

    def placements(self, answers: dict[str, str]) -> list[str]:
        """The answers as an import takes them: ``stream=left ankle``; what was left as it is, is left out."""
        return [
            f"{s.stream}={answers[s.stream]}"
            for s in self.sites
            if answers.get(s.stream) not in (None, "", NOT_KNOWN, s.worn)
        ]


def preview(
    path: Path, home: Home, zone: str | None, known: frozenset[str] = frozenset(), said: Said = NOTHING
) -> Preview:
    """Read a file and say what was understood; a file that cannot be trusted is a row too.

    Parameters
    ----------
    zone
        For files that name none.
    known
        Hashes of the recordings that are stored already.
    said
        What a person said of it so far.
    """
    try:
        return describe(read_said(home, path, said, zone=zone), path, path.stat().st_size, known)
    except RecordingError as error:
        dropped = () if said.lenient else _dropped(home, path, said, error)
        return Preview(
            path, _size(path), "refused", problem=problem_of(path, error),
            hint=page_hint(error.hint, reads_leniently=bool(dropped)), dropped=dropped, is_table=_is_table(path),
            fitting=profiles_fitting(path),
        )  # fmt: skip
    except OSError as error:
        return Preview(path, _size(path), "refused", problem=error.strerror or str(error), hint="check the file")
    except MotionwardError as error:
        return Preview(path, _size(path), "refused", problem=str(error), hint="check the file")


def joined_preview(
    paths: Sequence[Path],
    home: Home,
    zone: str | None,
    known: frozenset[str] = frozenset(),
    said: Mapping[str, Said] | None = None,
) -> Preview:
    """The row of several files as one recording; ``said`` by path."""
    try:
        recording = read_together(home, paths, said or {}, zone=zone)
    except RecordingError as error:
        return Preview(
            paths[0].with_name(f"{paths[0].name} and {len(paths) - 1} more"),
            sum(_size(p) for p in paths), "refused", problem=f"{error.source}: {error.problem}",
            hint=page_hint(error.hint, reads_leniently=False),
        )  # fmt: skip
    return describe(recording, paths[0].with_name(recording.source.name), recording.source.size, known)


def _dropped(home: Home, path: Path, said: Said, error: RecordingError) -> tuple[str, ...]:
    """What a lenient reading would leave out; nothing where it would not help."""
    if "(--lenient)" not in error.hint:
        return ()
    try:
        return read_said(home, path, replace(said, lenient=True)).dropped
    except RecordingError:
        return ()


def _is_table(path: Path) -> bool:
    try:
        look_at(path)
    except RecordingError:
        return False
    return True


def describe(recording: Recording, path: Path, size: int, known: frozenset[str] = frozenset()) -> Preview:
    """The row of a recording that was read."""
    found = assess(recording)
    sites = tuple(Site(s.name, worn_words(s.placement, s.side), why_words(recording, s)) for s in recording.streams)
    word, why, is_good = quality_words(found.findings, found.why_not)
    here = recording.source.sha256 in known
    asks = any(not s.is_known for s in sites)
    clock = clock_for(recording.clock.value, recording.zone, recording.interval.start)
    svg, minute = minute_svg(recording.streams[0], clock)
    return Preview(
        path,
        size,
        "here" if here else "answer" if asks else "good" if is_good else "check",
        recording.source.sha256,
        recording.device,
        sensors_words(recording.streams),
        sites,
        rates_words(recording.streams),
        unit_words(recording),
        *starts_words(recording, clock),
        length(recording.interval.duration),
        recording.interval.duration,
        "already here" if here else word,
        "same content as a stored recording" if here else why,
        recording.assumptions,
        svg,
        minute,
        is_table=_is_table(path),
        has_date=recording.clock is Clock.ABSOLUTE,
        asks_zone=is_zone_open(recording),
        dropped=recording.dropped,
    )


def files_in(folder: str) -> tuple[list[Path], str]:
    """The files of a folder that may be recordings, by name, and a sentence about what was left out.

    Any folder that the server's own account may read can be named; files are listed, not folders below.

    Raises
    ------
    MotionwardError
        If there is no such folder or it may not be read.
    """
    place = Path(folder).expanduser()
    if not place.is_absolute() or not place.is_dir():
        raise MotionwardError(f"There is no folder {folder!r} on this server: give its whole path, from / on.")
    try:
        found = sorted(p for p in place.iterdir() if p.is_file() and not p.name.startswith("."))
    except OSError as error:
        raise MotionwardError(f"The folder {folder} may not be read ({error.strerror}): ask for permission.") from error
    parts = parts_of_others(p.name for p in found)
    fitting = [p for p in found if may_be_recording(p.name) and p.name not in parts]
    notes = []
    if parts:
        many = "1 file belongs" if len(parts) == 1 else f"{len(parts)} files belong"
        notes.append(f"{many} to another file here: read with it, or without movement.")
    if len(found) > len(fitting) + len(parts):
        left = len(found) - len(fitting) - len(parts)
        notes.append(f"{left} {'file of another kind is' if left == 1 else 'files of other kinds are'} left out.")
    if len(fitting) > MOST_FILES:
        notes.append(f"The first {MOST_FILES} of {len(fitting)} are shown; import them, then the rest.")
    if not fitting:
        notes.append("There is no file in it that may be a recording.")
    return fitting[:MOST_FILES], " ".join(notes)


def headline(rows: Sequence[Preview], answers: dict[str, dict[str, str]], *, has_zone: bool = True) -> tuple[str, str]:
    """What can be imported and what cannot, in two sentences; ``has_zone``: whether one was chosen for wall clocks."""
    lights = [r.light(answers.get(str(r.path), {})) for r in rows]
    now = sum(x in ("good", "check") for x in lights)
    many = "1 file" if len(rows) == 1 else f"{len(rows)} files"
    waiting, refused, here = (lights.count(k) for k in ("answer", "refused", "here"))
    asks = not has_zone and any(r.asks_zone for r, x in zip(rows, lights, strict=True) if x in ("good", "check"))
    first = f"{many}: {now} can be imported {'once a zone is chosen' if asks else 'now'}"
    if waiting:
        first += f", {waiting} {'needs' if waiting == 1 else 'need'} an answer from you"
    rest = []
    if refused:
        rest.append(f"{refused} {'is' if refused == 1 else 'are'} refused")
    if here:
        rest.append(f"{here} {'is' if here == 1 else 'are'} already here")
    second = f"{' and '.join(rest)}. " if rest else ""
    return f"{first}.", f"{second}Nothing is stored until you import."


def strip(rows: Sequence[Preview], answers: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    """Counts by light and the length of what is new, for the strip under the answer."""
    lights = [r.light(answers.get(str(r.path), {})) for r in rows]
    tones = {"good": "good", "check": "check", "answer": "check", "here": "off", "refused": ""}
    counts = {k: lights.count(k) for k in LIGHTS}
    many = {"answer": "need an answer"}
    out = [
        (tones[k], f"{n} {many.get(k, LIGHTS[k][1]) if n > 1 else LIGHTS[k][1]}", "") for k, n in counts.items() if n
    ]
    new = sum(r.duration_us for r, x in zip(rows, lights, strict=True) if x in ("good", "check", "answer"))
    return [*out, ("", "", f"{length(new)} of new recording")] if new else out


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
