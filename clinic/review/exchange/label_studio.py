"""Labels as Label Studio's JSON: one task for the recording, its spans as ``timeserieslabels`` (docs/labels.md).

Structure: https://labelstud.io/guide/task_format and https://labelstud.io/tags/timeserieslabels
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clinic.review.exchange.common import Entry
from clinic.store.rows import Label
from data.errors import LabelsError
from data.labels import instant, microseconds, text_of
from data.recording import Clock, Recording

_KIND = "timeserieslabels"

Json = Any  # whatever a JSON file holds


def write(labels: Sequence[Label], recording: Recording) -> bytes:
    """One annotation for each rater; times are seconds since the recording's first sample, as numbers."""
    origin = recording.interval.start
    raters = dict.fromkeys(x.rater for x in labels)
    annotations = [
        {"result": [_region(x, n, origin) for n, x in enumerate(labels) if x.rater == rater]} for rater in raters
    ]
    data = {"file": recording.source.name, "recording_sha256": recording.source.sha256}
    return json.dumps([{"data": data, "annotations": annotations}], ensure_ascii=False, indent=1).encode()


def _region(label: Label, number: int, origin: int) -> Json:
    carried = {"stream": label.stream, "rater": label.rater, "source": label.source.value}
    further = {"confidence": label.confidence, "tool": label.tool, "model": label.model}
    return {
        "id": f"span-{number}",
        "from_name": f"label-{label.stream}",
        "to_name": label.stream,
        "type": _KIND,
        "value": {
            "start": (label.interval.start - origin) / 1e6,
            "end": (label.interval.end - origin) / 1e6,
            "instant": False,
            _KIND: [label.label],
        },
        "meta": carried | {k: v for k, v in further.items() if v not in (None, "")},
    }


def read(path: Path, recording: Recording) -> list[Entry]:
    """The spans of the task that is about the recording; predictions and skipped annotations are not labels.

    Raises
    ------
    LabelsError
        If the file is no such JSON, or holds a result that is no span.
    """
    try:
        told: Json = json.loads(text_of(path.read_bytes(), path.name))
    except json.JSONDecodeError as error:
        raise LabelsError(f"{path.name}, line {error.lineno}", "it is no JSON", "export it as JSON again") from error
    except RecursionError as error:
        raise LabelsError(path.name, "its lists lie too deep in one another", "export it as JSON again") from error
    tasks = told if isinstance(told, list) else [told]
    if not all(isinstance(t, dict) for t in tasks):
        raise _strange(path.name, "a task")
    number, task = _task(tasks, path, recording)
    streams = {s.name for s in recording.streams}
    out: list[Entry] = []
    for k, annotation in enumerate(_list(task, "annotations", path.name), start=1):
        if not isinstance(annotation, dict):
            raise _strange(path.name, "an annotation")
        if annotation.get("was_cancelled"):
            continue
        for n, result in enumerate(_list(annotation, "result", path.name), start=1):
            where = f"{path.name}, task {number}, annotation {k}, result {n}"
            out.extend(_entries(result, where, streams, recording))
    return out


def _task(tasks: list[Json], path: Path, recording: Recording) -> tuple[int, Json]:
    """The one task there is, else the one whose data names the recording's file; Label Studio puts a prefix before."""
    if len(tasks) == 1:
        return 1, tasks[0]
    name = recording.source.name
    found = [
        (k, t)
        for k, t in enumerate(tasks, start=1)
        if isinstance(t.get("data"), dict)
        and any(isinstance(v, str) and (v.endswith((f"/{name}", f"-{name}")) or v == name) for v in t["data"].values())
    ]
    if len(found) != 1:
        raise LabelsError(
            path.name,
            f"{len(found) or 'none'} of its {len(tasks)} tasks name the file {name}",
            "export that task alone",
        )
    return found[0]


def _entries(result: Json, where: str, streams: set[str], recording: Recording) -> Iterator[Entry]:
    if not isinstance(result, dict) or result.get("type") != _KIND or not isinstance(result.get("value"), dict):
        kind = result.get("type") if isinstance(result, dict) else result
        raise LabelsError(where, f"it is of the type {kind!r}, not {_KIND}", "export spans of a time series alone")
    value, meta = result["value"], result.get("meta") or {}
    start, end = (_time(value.get(k), k, where, recording) for k in ("start", "end"))
    names = value.get(_KIND)
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise LabelsError(where, "it has no class", "give the span a label")
    if not isinstance(meta, dict):
        raise _strange(where, "meta")
    confidence = meta.get("confidence")
    if confidence is not None and (isinstance(confidence, bool) or not isinstance(confidence, int | float)):
        raise LabelsError(where, f"its confidence is {confidence!r}", "give a number from 0 to 1")
    target = str(result.get("to_name", ""))
    stream = str(meta.get("stream") or (target if target in streams else ""))
    rater, tool, model = (str(meta.get(k) or "") for k in ("rater", "tool", "model"))
    for name in names:
        yield Entry(where, stream, start, end, name, rater, confidence, tool, model)


def _time(value: Json, what: str, where: str, recording: Recording) -> int:
    """Seconds since the recording's first sample as a number, or a date with its offset as a text."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    us = microseconds(repr(value)) if number else instant(value) if isinstance(value, str) else None
    if us is None:
        raise LabelsError(
            where,
            f"its {what} is {value!r}",
            "give seconds since the recording's first sample, or a date with its offset",
        )
    if isinstance(value, str) and recording.clock is not Clock.ABSOLUTE:
        raise LabelsError(where, "it has a date and the recording none", "give seconds since its first sample")
    return us if isinstance(value, str) else us + recording.interval.start


def _list(holder: Json, name: str, where: str) -> list[Json]:
    found = holder.get(name)
    if not isinstance(found, list):
        raise _strange(where, f"a list of the name {name!r}")
    return found


def _strange(where: str, what: str) -> LabelsError:
    return LabelsError(where, f"where {what} should be is something else", "export it from Label Studio as JSON again")
