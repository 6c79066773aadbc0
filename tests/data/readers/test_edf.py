"""EDF and BDF: the same as pyedflib where it can read, and more where it cannot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyedflib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import RecordingError
from data.intervals import Interval
from data.readers import read
from data.readers.edf_writer import ExportError, write_edf
from data.recording import Annotation, Clock, Placement, Recording, Segment, Side, Source, Stream

_HEAD = {"sample_frequency": 100, "physical_max": 500, "physical_min": -500, "digital_max": 32767,
         "digital_min": -32768, "prefilter": "", "transducer": ""}  # fmt: skip
START = 1_700_000_000_250_000


SIX = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


def _recording(counts: list[int], rate: float = 64.0, clock: Clock = Clock.ABSOLUTE) -> Recording:
    zone = "Europe/Berlin"
    rng = np.random.default_rng(0)
    at = START if clock is Clock.ABSOLUTE else 0
    segments = []
    for n in counts:
        samples = (np.array([0, 0, 1, 0, 0, 0]) + rng.normal(0, 0.3, (n, 6)) * [1, 1, 1, 90, 90, 90]).astype(np.float32)
        segments.append(Segment(at, rate, samples))
        at = segments[-1].end_us + 3_456_789
    stream = Stream("left-ankle", Placement.ANKLE, Side.LEFT, rate, SIX, tuple(segments))
    notes = tuple(
        Annotation(Interval(segments[0].start_us + 1000 * k, segments[0].start_us + 1000 * k + 777), f"é ≥ {k}")
        for k in range(30)
    )
    source = Source("made", 0, "0" * 64)
    return Recording((stream,), notes, "Some IMU", clock, zone if clock is Clock.ABSOLUTE else None, source)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(st.integers(1, 900), min_size=1, max_size=4),
    rate=st.sampled_from([25.0, 50.0, 64.0, 98.395, 100.0, 100.812, 128.0, 204.8]),
    clock=st.sampled_from([Clock.ABSOLUTE, Clock.RELATIVE]),
)
def test_what_is_written_reads_back_the_same(tmp_path: Path, counts: list[int], rate: float, clock: Clock) -> None:
    recording = _recording(counts, rate, clock)
    path = tmp_path / "r.edf"
    write_edf(recording, path)
    back = read(path)
    (one,), (two,) = recording.streams, back.streams
    assert (two.name, two.placement, two.side, two.channels) == (one.name, one.placement, one.side, one.channels)
    assert back.annotations == recording.annotations
    assert (back.clock, back.zone, back.device) == (recording.clock, recording.zone, recording.device)
    assert [s.n_samples for s in two.segments] == counts
    for a, b in zip(one.segments, two.segments, strict=True):
        assert abs(a.start_us - b.start_us) <= 1
        assert b.rate_hz == pytest.approx(a.rate_hz, rel=1e-5)
        off = np.abs(a.samples[0 : a.n_samples] - b.samples[0 : b.n_samples]).max(axis=0)
        assert (off[:3] < 0.0005).all()
        assert (off[3:] < 0.03).all()


def test_pyedflib_reads_our_file_and_agrees(tmp_path: Path) -> None:
    path = tmp_path / "ours.edf"
    write_edf(_recording([641]), path)
    (stream,) = read(path).streams
    with pyedflib.EdfReader(str(path)) as theirs:
        assert theirs.getSignalLabels()[0] == "acc_x left-ankle"
        # Its fraction of a second is a tenth of the true one, hence left out.
        assert theirs.getStartdatetime().replace(microsecond=0) == datetime(2023, 11, 14, 23, 13, 20)  # noqa: DTZ001  EDF has no zone
        texts = list(theirs.readAnnotations()[2])
        assert texts[:-1] == [f"é ≥ {k}" for k in range(30)]
        for i in range(6):
            np.testing.assert_allclose(theirs.readSignal(i)[:641], stream.segments[0].samples[0:641][:, i], atol=1e-4)


@pytest.mark.parametrize(
    "kind", [pyedflib.FILETYPE_EDF, pyedflib.FILETYPE_EDFPLUS, pyedflib.FILETYPE_BDF, pyedflib.FILETYPE_BDFPLUS]
)
@pytest.mark.parametrize(
    "labels", [("ACC X", "ACC Y", "ACC Z"), ("Acc_x lower-back", "Acc_y lower-back", "Acc_z lower-back")]
)
def test_files_of_pyedflib_read_the_same(tmp_path: Path, kind: int, labels: tuple[str, ...]) -> None:
    rng = np.random.default_rng(1)
    mg = np.array([0, 0, 1000]) + rng.normal(0, 100, (500, 3))
    path = tmp_path / "theirs.edf"
    with pyedflib.EdfWriter(str(path), 4, file_type=kind) as writer:
        head = {**_HEAD, "dimension": "mg", "sample_frequency": 50, "physical_max": 8000, "physical_min": -8000}
        ecg = {**head, "label": "ECG", "dimension": "uV", "sample_frequency": 200}
        writer.setSignalHeaders([*({**head, "label": label} for label in labels), ecg])
        writer.setStartdatetime(datetime(2020, 5, 1, 8, 0, 0))  # noqa: DTZ001  EDF has no zone
        writer.writeSamples([*(np.ascontiguousarray(mg[:, i]) for i in range(3)), rng.normal(0, 50, 2000)])
        if kind in (pyedflib.FILETYPE_EDFPLUS, pyedflib.FILETYPE_BDFPLUS):
            writer.writeAnnotation(2.5, 1.25, "freezing of gait")
    with pyedflib.EdfReader(str(path)) as reader:
        expected = np.column_stack([reader.readSignal(i) for i in range(3)]) / 1000
    recording = read(path, zone="Asia/Kolkata")
    (stream,) = recording.streams
    np.testing.assert_allclose(stream.segments[0].samples[0:500], expected, atol=1e-6)
    np.testing.assert_array_equal(stream.segments[0].samples[123:237], stream.segments[0].samples[0:500][123:237])
    assert stream.rate_hz == 50.0
    assert stream.placement is (Placement.LOWER_BACK if "lower" in labels[0] else Placement.UNKNOWN)
    assert recording.interval.start == round(datetime.fromisoformat("2020-05-01T08:00:00+05:30").timestamp() * 1e6)
    if kind in (pyedflib.FILETYPE_EDFPLUS, pyedflib.FILETYPE_BDFPLUS):
        (note,) = recording.annotations
        start = recording.interval.start
        assert note == Annotation(Interval(start + 2_500_000, start + 3_750_000), "freezing of gait")


def test_several_streams_and_the_hour_that_comes_twice(tmp_path: Path) -> None:
    one = _recording([640])
    second_two_thirty = 1_698_539_400_000_000  # 2023-10-29 02:30 +0100, the second time that night
    (stream,) = one.streams
    moved = replace(stream, segments=(replace(stream.segments[0], start_us=second_two_thirty),))
    back_site = replace(moved, name="lower-back", placement=Placement.LOWER_BACK, side=Side.MIDDLE)
    both = replace(one, streams=(moved, back_site), annotations=(Annotation(moved.interval, "tremor", "lower-back"),))
    write_edf(both, tmp_path / "two.edf")
    back = read(tmp_path / "two.edf")
    assert [s.name for s in back.streams] == ["left-ankle", "lower-back"]
    assert back.interval.start == second_two_thirty
    assert back.annotations == both.annotations
    apart = replace(both, streams=(moved, replace(back_site, segments=(replace(moved.segments[0], start_us=START),))))
    with pytest.raises(ExportError, match="do not begin, pause and end together"):
        write_edf(apart, tmp_path / "apart.edf")
    assert not (tmp_path / "apart.edf").exists()
    assert not list(tmp_path.glob(".*"))


def test_records_of_a_discontinuous_file_that_run_backwards_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.edf"
    write_edf(_recording([640, 640]), path)
    content = path.read_bytes()
    at = content.rindex(b"+22.")
    path.write_bytes(content[:at] + b"+02." + content[at + 4 :])
    with pytest.raises(RecordingError, match="backwards"):
        read(path)


def test_signals_without_movement_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ecg.edf"
    with pyedflib.EdfWriter(str(path), 1) as writer:
        writer.setSignalHeaders([{**_HEAD, "label": "ECG", "dimension": "uV"}])
        writer.writeSamples([np.zeros(1000)])
    with pytest.raises(RecordingError, match="no acceleration or rotation"):
        read(path)


def test_records_that_the_header_does_not_count_are_said_to_be_left(tmp_path: Path) -> None:
    path = tmp_path / "r.edf"
    write_edf(_recording([640], 64.0), path)
    content = path.read_bytes()
    whole = int(content[236:244])
    path.write_bytes(content[:236] + f"{whole - 4}".ljust(8).encode() + content[244:])
    assert f"The header counts {whole - 4} records; the 4 behind them were left out." in read(path).assumptions


def test_a_signal_whose_range_is_one_value_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flat.edf"
    write_edf(_recording([640]), path)
    content = bytearray(path.read_bytes())
    signals = int(content[252:256])
    lowest = 256 + signals * (16 + 80 + 8 + 8 + 8)
    content[lowest : lowest + 8] = content[lowest + signals * 8 : lowest + signals * 8 + 8]
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="'acc_x left-ankle' has a range of one value"):
        read(path)


def test_records_that_lie_apart_do_so_in_a_file_that_calls_itself_continuous(tmp_path: Path) -> None:
    path = tmp_path / "c.edf"
    write_edf(_recording([640, 640]), path)
    true = read(path)
    path.write_bytes(path.read_bytes().replace(b"EDF+D", b"EDF+C", 1))
    recording = read(path)
    assert [s.n_samples for s in recording.streams[0].segments] == [640, 640]
    assert recording.streams[0].gaps == true.streams[0].gaps
    assert any("1 gap between records, though the file calls itself continuous" in a for a in recording.assumptions)


@pytest.mark.parametrize("end", [-8000, 8000])
def test_all_axes_at_the_end_of_their_range_at_once_are_a_gap_and_no_blow(tmp_path: Path, end: int) -> None:
    rng = np.random.default_rng(1)
    mg = np.array([1000, 0, 0]) + rng.normal(0, 20, (3000, 3))
    mg[500:503] = end
    mg[1000, 0] = mg[1001, 1] = end  # a blow takes one axis there, or two
    path = tmp_path / "lost.edf"
    head = {**_HEAD, "dimension": "mg", "sample_frequency": 50, "physical_max": 8000, "physical_min": -8000}
    with pyedflib.EdfWriter(str(path), 3) as writer:
        writer.setSignalHeaders([{**head, "label": f"waist acc {axis}"} for axis in "xyz"])
        writer.writeSamples([np.ascontiguousarray(mg[:, i]) for i in range(3)])
    recording = read(path)
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [500, 2497]
    assert stream.gaps[0].duration == 60_000
    np.testing.assert_allclose(stream.segments[1].samples[0:2497], mg[503:] / 1000, atol=5e-4)
    assert any("3 samples with all axes of acceleration at the end of their range" in a for a in recording.assumptions)


def test_a_sensor_that_stood_at_the_end_of_its_range_throughout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "off.edf"
    head = {**_HEAD, "dimension": "mg", "sample_frequency": 50, "physical_max": 8000, "physical_min": -8000}
    with pyedflib.EdfWriter(str(path), 3) as writer:
        writer.setSignalHeaders([{**head, "label": f"acc {axis}"} for axis in "xyz"])
        writer.writeSamples([np.full(500, -8000.0)] * 3)
    with pytest.raises(RecordingError, match="stands at the end of its range throughout"):
        read(path)
