"""A patient's flags as a table for other programs: UTC and local times, sensor, detector, and what was said of each."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.inspection import utc_text
from clinic.store.rows import EpisodeRow, PatientRow, RecordingRow
from clinic.timeline.clock import clock_for
from data.csv_tables import table_csv
from data.recording import Clock

EXPORT_COLUMNS = (
    "patient",
    "recording_sha256",
    "file",
    "stream",
    "placement",
    "phenomenon",
    "start_s",
    "end_s",
    "duration_s",
    "start_utc",
    "start_local",
    "zone",
    "peak",
    "mean",
    "certainty",
    "detector",
    "run",
    "verdict",
    "reviewer",
)


def patient_episodes_csv(
    patient: PatientRow, recordings: Sequence[RecordingRow], episodes: Sequence[EpisodeRow]
) -> str:
    """CSV of the episodes of some recordings, in order of time; seconds since the stream's first sample.

    ``start_utc`` and ``start_local`` are empty where a recording has no date; ``verdict`` until somebody looked.
    """
    of = {r.id: r for r in recordings}
    rows = []
    for e in sorted((e for e in episodes if e.recording in of), key=lambda e: (e.interval, e.stream, e.phenomenon)):
        r = of[e.recording]
        origin = next(s.interval.start for s in r.streams if s.name == e.stream)
        dated = r.clock == Clock.ABSOLUTE.value
        zone = r.zone or patient.zone
        local = clock_for(r.clock, zone, origin).local(e.interval.start)
        rows.append(
            (
                patient.code,
                e.recording,
                r.file,
                e.stream,
                e.placement,
                e.phenomenon,
                f"{(e.interval.start - origin) / 1e6:.6f}",
                f"{(e.interval.end - origin) / 1e6:.6f}",
                f"{e.interval.duration / 1e6:.6f}",
                utc_text(e.interval.start) if dated else "",
                local.isoformat(timespec="milliseconds") if dated else "",
                zone if dated else "",
                f"{e.peak:.4f}",
                f"{e.mean:.4f}",
                e.certainty,
                e.detector,
                e.run,
                e.verdict,
                e.reviewer if e.verdict else "",
            )
        )
    return table_csv(EXPORT_COLUMNS, rows)
