"""What ``motionward analyze`` writes for one file: five tables and texts, and the folder that holds them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clinic.analysis import Analysis, Judgement
from clinic.inspection import utc_text
from clinic.learned import reach_of
from clinic.reports.cards import card_of
from clinic.reports.content import Evidence
from clinic.reports.html import to_html
from clinic.reports.make import report_for_analysis
from clinic.reports.material import Material, material_of
from clinic.timeline.clock import clock_for
from clinic.timeline.lane import Periods, day_rows, lane
from clinic.timeline.period_rates import rates_of
from clinic.timeline.validity import USUAL, Validity, valid_days
from data.csv_tables import table_csv
from data.errors import MotionwardError
from data.grid import HOP_US
from data.intervals import Interval, total
from data.quality import StreamQuality
from data.recording import Clock, Recording, Stream
from models.scores import UNKNOWN, Scores

EPISODE_COLUMNS = (
    "stream",
    "phenomenon",
    "start_s",
    "end_s",
    "duration_s",
    "start_utc",
    "peak",
    "mean",
    "certainty",
    "detector",
)
FILES = ("manifest.json", "quality.json", "scores.parquet", "episodes.csv", "report.html")
SCORES = pa.schema(
    [
        ("stream", pa.string()),
        ("phenomenon", pa.string()),
        ("time_s", pa.float64()),
        ("probability", pa.float32()),
        ("valid", pa.bool_()),
    ]
)
"""Columns of ``scores.parquet``."""
HOURS = 2 * 3600 * 1_000_000 // HOP_US
"""Half seconds written at once: two hours."""
_FAR_US = HOP_US // 2


def score_batches(recording: Recording, analysis: Analysis) -> Iterator[pa.RecordBatch]:
    """One row for each half second of each stream and phenomenon, judged or not, gaps included; in pieces.

    ``time_s`` is the middle of the half second since the stream's first sample: 0.25, 0.75, …
    Segments have grids of their own, so a row takes the half second whose middle is nearest,
    at most 0.25 s away; where there is none (a gap) it is not valid.

    Yields
    ------
    Batches of :data:`SCORES`; the probability is 0 where not valid.
    """
    for j in analysis.judgements:
        stream = recording.stream(j.stream)
        count = stream.interval.duration // HOP_US
        for first in range(0, count, HOURS):
            rows = range(first, min(first + HOURS, count))
            time_s, probability, valid = _on_one_grid(stream, j.scores, rows)
            names = (pa.repeat(j.stream, len(rows)), pa.repeat(j.phenomenon, len(rows)))
            yield pa.record_batch([*names, time_s, probability, valid], schema=SCORES)


def _on_one_grid(
    stream: Stream, scores: Scores, rows: range
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.bool_]]:
    offset_us = HOP_US * np.arange(rows.start, rows.stop, dtype=np.int64) + HOP_US // 2
    probability, valid = np.zeros(len(rows), dtype=np.float32), np.zeros(len(rows), dtype=bool)
    if len(scores.grid):
        starts = scores.grid.start_us
        wanted = stream.interval.start + offset_us - HOP_US // 2
        right = np.clip(np.searchsorted(starts, wanted), 0, len(starts) - 1)
        left = np.maximum(right - 1, 0)
        nearest = np.where(np.abs(starts[left] - wanted) <= np.abs(starts[right] - wanted), left, right)
        valid = (np.abs(starts[nearest] - wanted) <= _FAR_US) & scores.valid[nearest]
        probability = np.where(valid, scores.probability[nearest], np.float32(0)).astype(np.float32)
    return offset_us / 1e6, probability, valid


def episodes_frame(recording: Recording, analysis: Analysis) -> pd.DataFrame:
    """One row for each episode in order of time, columns :data:`EPISODE_COLUMNS`.

    Seconds count from the stream's first sample, as in :func:`score_batches`;
    ``start_utc`` is empty where the recording has no date.
    """
    rows = []
    for e in analysis.episodes:
        origin = recording.stream(e.stream).interval.start
        rows.append(
            (
                e.stream,
                e.phenomenon,
                (e.interval.start - origin) / 1e6,
                (e.interval.end - origin) / 1e6,
                e.interval.duration / 1e6,
                utc_text(e.interval.start) if recording.clock is Clock.ABSOLUTE else "",
                e.peak,
                e.mean,
                e.certainty.value,
                e.detector,
            )
        )
    return pd.DataFrame(rows, columns=list(EPISODE_COLUMNS))


def episodes_csv(recording: Recording, analysis: Analysis) -> str:
    """:func:`episodes_frame` as CSV: seconds to the microsecond, probabilities to four digits."""
    rows = episodes_frame(recording, analysis).itertuples(index=False)
    return table_csv(
        EPISODE_COLUMNS,
        ([*r[:2], *(f"{x:.6f}" for x in r[2:5]), r[5], f"{r[6]:.4f}", f"{r[7]:.4f}", *r[8:]] for r in rows),
    )


def quality_json(recording: Recording, analysis: Analysis, validity: Validity = USUAL) -> str:
    """Findings, wear and what nobody may judge; spans in seconds since the stream's first sample.

    ``validity`` says when a day and a week were worn enough.
    """
    quality, rows = analysis.quality, material_of(recording, analysis)

    def seconds(stream: str, spans: Iterable[Interval]) -> list[list[float]]:
        origin = recording.stream(stream).interval.start
        return [[(i.start - origin) / 1e6, (i.end - origin) / 1e6] for i in spans]

    return canonical(
        {
            "fit_for_rates": quality.fit_for_rates,
            "why_not": quality.why_not,
            "dropped": list(recording.dropped),
            "findings": [
                {
                    "kind": f.kind,
                    "stream": f.stream,
                    "severity": f.severity.value,
                    "sentence": f.sentence,
                    "span_s": seconds(f.stream, [f.interval])[0],
                }
                for f in quality.findings
            ],
            "validity": asdict(validity),
            "judgements": [_outcomes(j, rows, validity) for j in analysis.judgements],
            "streams": [
                {
                    "stream": q.stream,
                    "worn_s": seconds(q.stream, q.worn),
                    "not_worn_s": seconds(q.stream, q.not_worn),
                    "gaps_s": seconds(q.stream, q.gaps),
                    "unusable_s": [[*seconds(q.stream, [i])[0], reason] for i, reason in q.unusable],
                    **_measured(q),
                }
                for q in quality.streams
            ],
        }
    )


def _measured(quality: StreamQuality) -> dict[str, Any]:  # Any: JSON
    """Calibration, noise and direction of one stream; null where they could not be told."""
    m = quality.measures
    return {
        "autocalibration": asdict(m.autocalibration) if m is not None and m.autocalibration is not None else None,
        "noise_mg": list(m.noise_mg) if m is not None and m.noise_mg is not None else None,
        "up": list(m.up) if m is not None and m.up is not None else None,
    }


def _outcomes(j: Judgement, m: Material, validity: Validity) -> dict[str, Any]:  # Any: JSON
    """What one phenomenon's outcomes add up to in one stream, how far it lies from what was learned, and its days."""
    mine = lane(m.spans, m.episodes, j.stream, j.phenomenon)
    (row,) = m.recordings
    clock = clock_for(row.clock, m.zone, min(s.interval.start for s in row.streams))
    days = day_rows(mine, clock)
    rates = rates_of(mine, Periods(days, ()), clock, validity, m.forbidden)
    may = rates.now.value is not None
    unlike = sum(i.duration for i, reason in j.not_judged if reason == UNKNOWN)
    unsure = sum(i.duration for i, reason in j.not_judged if reason == "unsure")
    reach = reach_of(total(j.flagged) + total(j.clear) + unsure, unlike)
    return {
        "stream": j.stream,
        "phenomenon": j.phenomenon,
        "detector": j.detector,
        "learned": reach.value if reach is not None else None,
        "days": len(days),
        "valid_days": valid_days(days, clock, validity),
        "rates": may,
        "why_no_rates": None if may else rates.why_not or "Less than one hour was judged.",
        "flagged_s": total(j.flagged) / 1e6,
        "clear_s": total(j.clear) / 1e6,
        "not_judged_s": {
            reason: sum(i.duration for i, r in j.not_judged if r == reason) / 1e6
            for reason in sorted({r for _, r in j.not_judged})
        },
    }


def manifest_json(analysis: Analysis) -> str:
    """What the analysis was made of and with; the same analysis gives the same bytes."""
    return canonical(analysis.manifest)


def canonical(value: Any) -> str:  # Any: whatever json.dumps takes
    """JSON with sorted keys and a last line end, the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_results(
    recording: Recording, analysis: Analysis, folder: Path, validity: Validity = USUAL,
    taught: Mapping[str, str] = MappingProxyType({}), evidence: Evidence | None = None,
) -> None:  # fmt: skip
    """Write :data:`FILES` into ``folder``: all of them or none; an older result is replaced as a whole.

    Parameters
    ----------
    validity
        When a day and a week were worn enough.
    taught
        By whom a detector was taught and with what, in words, by its version.
    evidence
        Gives what some flags stand on, for the report.

    Raises
    ------
    MotionwardError
        As :func:`check_folder` does.
    OSError
        If the disk is full or may not be written; what was there before stays.
    """
    check_folder(folder)
    cards = [c for d in analysis.manifest["detectors"] if (c := card_of(d["name"], d["version"]))]
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(fresh / "manifest.json", manifest_json(analysis))
        _write(fresh / "quality.json", quality_json(recording, analysis, validity))
        with pq.ParquetWriter(fresh / "scores.parquet", SCORES, use_dictionary=list(SCORES.names[:2])) as scores:
            for batch in score_batches(recording, analysis):
                scores.write_batch(batch)
        _write(fresh / "episodes.csv", episodes_csv(recording, analysis))
        report = report_for_analysis(recording, analysis, cards, validity, taught, evidence)
        _write(fresh / "report.html", to_html(report))
        fresh.chmod(0o755)  # mkdtemp makes it private; results are as open as any other folder
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # gone by now when all went well


def check_folder(folder: Path) -> None:
    """See that results may lie in ``folder``: it holds those of an analysis, or nothing, or does not exist.

    Raises
    ------
    MotionwardError
        If there is anything else, which :func:`write_results` would otherwise remove.
    """
    strangers = sorted(p.name for p in folder.iterdir() if p.name not in FILES) if folder.is_dir() else []
    if strangers or (folder.exists() and not folder.is_dir()):
        what = f"holds other things, such as {strangers[0]}" if strangers else "is a file"
        raise MotionwardError(f"{folder} {what}: name another output folder, so that nothing is overwritten.")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _swap(fresh: Path, folder: Path, rename: Callable[[Path, Path], object] = Path.rename) -> None:
    """Put ``fresh`` where ``folder`` is; if that fails, the old one is put back."""
    if not folder.exists():
        rename(fresh, folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    rename(folder, old / "result")
    try:
        rename(fresh, folder)
    except OSError:
        rename(old / "result", folder)
        raise
    finally:
        shutil.rmtree(old)
