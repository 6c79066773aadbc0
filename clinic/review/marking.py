"""What the labelling canvas is told and what it says back: classes, spans, and edits that are stored in its order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from clinic.store.rows import EpisodeRow, Label, LabelRow
from clinic.timeline.chart import OTHER_COLOURS, colour_of
from clinic.timeline.clock import WallClock
from data.intervals import Interval
from data.labels import ALL, NOT, opposite, phenomenon_of, subject_of

Json = dict[str, Any]  # whatever JSON can hold
NOT_COLOUR = ("#66717C", "#48535E", "rgba(102,113,124,.14)")
"""Of every class that says that something is not there: fill, text and wash."""
ALL_COLOUR = ("#FFFFFF", "#48535E", "rgba(102,113,124,.06)")
"""The same of a stretch in which everything is marked: a frame about what is in it."""
SUGGESTED = "suggestion"
"""What a span answers that was suggested, and not by a detector's flag."""
KINDS = ("add", "move", "class", "sure", "remove", "undo")


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a person did on the canvas.

    Parameters
    ----------
    id
        Made by the canvas; an edit is stored once.
    kind
        One of :data:`KINDS`.
    target
        The label that is changed: its key, or the id of the edit that made it.
    interval
        Of a new or moved span.
    label
        Class of a new span, or the class it is given.
    of
        What a new span answers: an episode's id, :data:`SUGGESTED`, or nothing.
    confidence
        How sure the person says to be, from 0 to 1; None takes back what was said.
    """

    id: str
    kind: str
    target: str = ""
    interval: Interval | None = None
    label: str = ""
    of: str = ""
    confidence: float | None = None


def edits_from(said: object) -> tuple[Edit, ...]:
    """The edits that the canvas says, in its order; what is none is left out."""
    out = []
    for one in said if isinstance(said, list) else []:
        edit = _edit(one)
        if edit is not None:
            out.append(edit)
    return tuple(out)


def _edit(one: Any) -> Edit | None:  # Any: JSON from the canvas
    try:
        kind, span = str(one["kind"]), None
        if kind in ("add", "move"):
            span = Interval(round(one["from"]), round(one["to"]))
        if kind not in KINDS or (kind in ("add", "class") and not isinstance(one["label"], str)):
            return None
        target = "" if kind in ("add", "undo") else str(one["target"])
        label = one["label"] if kind in ("add", "class") else ""
        of = str(one.get("of") or "") if kind == "add" else ""
        sure = None if kind != "sure" or one["confidence"] is None else float(one["confidence"])
        return Edit(str(one["id"]), kind, target, span, label, of, sure)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def verdict_on(flag: EpisodeRow, interval: Interval, label: str) -> str:
    """What a label in a flag's place says of the flag: ``right``, ``edges``, or ``wrong`` for any other class."""
    if label != flag.phenomenon:
        return "wrong"
    return "right" if interval == flag.interval else "edges"


def flags_said(flags: Iterable[EpisodeRow]) -> list[list[Any]]:  # mixed JSON values
    """Flags that can be answered: ``[id, start, end, class, whether sure, verdict]``."""
    return [[e.id, e.interval.start, e.interval.end, e.phenomenon, e.certainty != "unsure", e.verdict] for e in flags]


def flag_ahead(flags: Sequence[EpisodeRow], at_us: int) -> EpisodeRow | None:
    """The first flag from an instant on that nobody has answered, else the first of all such; None without any."""
    waiting = [e for e in flags if not e.verdict and e.certainty != "unsure"]
    return next((e for e in waiting if e.interval.start >= at_us), waiting[0] if waiting else None)


def keys(history: Iterable[LabelRow]) -> dict[str, str]:
    """Each row's key: the id of the first row of the chain that it is part of.

    A label keeps its key when an edge moves, its class changes, or either is taken back.

    Parameters
    ----------
    history
        Every row that was ever added, oldest first.
    """
    found: dict[str, str] = {}
    for row in history:
        found[row.id] = found.get(row.replaces, row.id)
    return found


def classes(phenomena: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    """Classes in the order of their keys: each phenomenon and its opposite, then others in the order that is given."""
    known = [x for p in phenomena for x in (p, opposite(p))]
    return tuple(dict.fromkeys([*known, *others]))


def colour(label: str) -> tuple[str, str, str]:
    """Fill, text and wash of a class; what says that something is not there is grey, that all is marked a frame."""
    if label.startswith(ALL):
        return ALL_COLOUR
    return NOT_COLOUR if label.startswith(NOT) else colour_of(phenomenon_of(label))


MARKS = ("", "bars", "dots")
"""What lies over the fill where classes that people named share one colour, or there are more of them than colours."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a class is drawn where several are: fill, text, wash, and one of :data:`MARKS`."""

    fill: str
    ink: str
    wash: str
    mark: str = ""


def looks(names: Sequence[str]) -> dict[str, Look]:
    """How each class is drawn, so that no two that people named look alike; beyond nine the looks come again.

    A class keeps the colour that it has everywhere else as long as there is a mark left to tell it by.

    Parameters
    ----------
    names
        In the order of their keys.
    """
    found: dict[str, Look] = {}
    every = [Look(*tones, mark) for tones in OTHER_COLOURS for mark in MARKS]
    for name in names:
        own = Look(*colour(name))
        if own in every:
            free = [x for x in every if x not in found.values()]
            own = next((x for x in free if x.fill == own.fill), next(iter(free), own))
        found[name] = own
    return found


DETECTOR = "detector"
"""What the detector is called beside the other annotators."""


def voices(labels: Iterable[Label]) -> list[str]:
    """Who says something of a stream beside the person, each in a lane of their own: the detector, then annotators.

    Parameters
    ----------
    labels
        Of other annotators on this stream, in whatever window: a lane must not come and go while somebody looks on.
    """
    return [DETECTOR, *sorted({x.rater for x in labels})]


def other_said(labels: Iterable[Label], flags: Iterable[EpisodeRow]) -> list[list[Any]]:  # mixed JSON values
    """What other annotators and the detector say: ``[start, end, class, who, whether sure]``, in order of time."""
    said = [[x.interval.start, x.interval.end, x.label, x.rater, True] for x in labels]
    said += [[e.interval.start, e.interval.end, e.phenomenon, DETECTOR, e.certainty != "unsure"] for e in flags]
    return sorted(said, key=lambda x: (x[0], x[1], x[3]))


def header(
    key: str,
    window: Interval,
    limits: Interval,
    clock: WallClock,
    names: Sequence[str],
    mine: Sequence[LabelRow],
    key_of: Mapping[str, str],
) -> Json:
    """The part of the message that needs no signal.

    Parameters
    ----------
    key
        Of what is open: with another, the canvas forgets what it was doing.
    limits
        The extent of the stream.
    names
        The classes in the order of their keys.
    mine
        Labels of the person on this stream that stand.
    key_of
        As :func:`keys` gives it.
    """
    shown = [{"name": name, **asdict(look)} for name, look in looks(names).items()]
    return {
        "key": key,
        "view": {"from": window.start, "to": window.end},
        "limits": [limits.start, limits.end],
        "relative": not clock.has_date,
        "offsets": [list(o) for o in clock.offsets(limits)],
        "classes": shown,
        "marks": [[key_of.get(x.id, x.id), x.interval.start, x.interval.end, x.label, x.confidence] for x in mine],
    }


ROTATION = "rotation"
"""What the gyroscope of the open sensor is called among what can be shown beside its acceleration."""


def besides(channels: Sequence[str], stream: str, streams: Sequence[str]) -> tuple[str, ...]:
    """What can be shown beside the acceleration of a stream: its rotation where it has any, and the other sensors.

    Parameters
    ----------
    channels
        Of the stream.
    streams
        Names of all of the recording.
    """
    turns = (ROTATION,) if any(c.startswith("gyro") for c in channels) else ()
    return (*turns, *(name for name in streams if name != stream))


def counts(labels: Iterable[Label]) -> dict[str, int]:
    """How many labels each class has, the most first."""
    found: dict[str, int] = {}
    for x in labels:
        found[x.label] = found.get(x.label, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def counted(labels: Sequence[Label]) -> str:
    """``3 × freezing of gait, 1 × not fall``, as names of classes have no plural; what is said when there is none."""

    def told(name: str, n: int) -> str:
        whole = f"stretch{'' if n == 1 else 'es'} with all {subject_of(name)}"
        return f"{n} {whole}" if name.startswith(ALL) else f"{n} × {name}"

    return ", ".join(told(name, n) for name, n in counts(labels).items()) or "no label yet"


def taken_back(rows: Sequence[LabelRow], clock: WallClock) -> str:
    """What an undo did, for who does not see it: ``Taken back outside this window: fall at 0:14:11.4.``"""
    first = min(rows, key=lambda row: row.interval)
    at = clock.time(first.interval.start, decimals=1)
    when = f"{clock.day(first.interval.start)} {at}" if clock.has_date else at
    if len(rows) == 1:
        return f"Taken back outside this window: your last change, of {first.label} at {when}."
    return f"Taken back outside this window: your last change, of {len(rows)} labels from {when} on."


_MARKED = {
    "": "",
    "bars": '<path d="M4 0V12M8 0V12" stroke="{}" stroke-width="1.4"/>',
    "dots": '<path d="M3 4h2v2h-2zM7 4h2v2h-2zM5 7h2v2h-2z" fill="{}"/>',
}


def table_html(labels: Sequence[LabelRow], clock: WallClock, saved: WallClock, names: Sequence[str] = ()) -> str:
    """Labels, newest first; the start is a link that opens its window.

    Parameters
    ----------
    names
        The classes in the order of their keys.
    saved
        The clock on which the time of saving is told.
    """
    rows, look_of = [], looks(list(dict.fromkeys([*names, *(x.label for x in labels)])))
    for x in sorted(labels, key=lambda x: (-x.made_us, x.interval)):
        look = look_of[x.label]
        start = clock.time(x.interval.start, decimals=1)
        when = f"{clock.day(x.interval.start)} {start}" if clock.has_date else start
        swatch = (
            '<svg width="12" height="12" style="display:inline;vertical-align:-1px">'
            f'<rect x=".5" y=".5" width="11" height="11" fill="{look.fill}" stroke="{look.ink}"/>'
            f"{_MARKED[look.mark].format(look.ink)}</svg>"
        )
        sure = "" if x.confidence is None else f", {100 * x.confidence:.0f} % sure"
        rows.append(
            f'<tr data-row="{escape(x.id)}"><td><a href="label?label={escape(x.id)}">{escape(when)}</a></td>'
            f'<td class="r">{x.interval.duration / 1e6:.1f} s</td><td>{swatch} {escape(x.label)}{sure}</td>'
            f"<td>{escape(x.rater)}</td><td>{escape(x.source.value)}</td>"
            f'<td class="r">{saved.day(x.made_us)} {saved.time(x.made_us)}</td></tr>'
        )
    head = '<th>start</th><th class="r">length</th><th>class</th><th>by</th><th>how</th><th class="r">saved</th>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
