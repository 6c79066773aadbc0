"""Labels go out to other programs' files and come back as they were, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyedflib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.review.exchange import FORMATS, export, format_of, read
from clinic.store.rows import Label, LabelSource
from data.datasets import tdcsfog
from data.errors import LabelsError
from data.intervals import Interval
from data.labels import parse_labels
from data.phenomena import FREEZING
from data.recording import Clock, Recording
from tests.clinic.review.made import RATER, US, labels_of, span, two_sites
from tests.signals import moving, recording_of

DATED, UNDATED = two_sites(), two_sites(Clock.RELATIVE)
ONE_SITE = recording_of([(0, moving(20))])
ORIGIN = DATED.interval.start
RECORDINGS = st.sampled_from([DATED, UNDATED])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exchange")


def back(
    folder: Path,
    content: bytes | str,
    name: str,
    recording: Recording = DATED,
    present: tuple[Label, ...] = (),
    rater: str = RATER,
) -> tuple[Label, ...]:
    path = folder / f"labels{FORMATS[name].ending}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, recording, present, rater=rater)


def by_time(labels: tuple[Label, ...] | list[Label]) -> list[Label]:
    return sorted(labels, key=lambda x: (x.interval, x.stream, x.label, x.rater))


@pytest.mark.parametrize("name", ["csv", "label-studio"])
@settings(max_examples=40)
@given(data=st.data(), recording=RECORDINGS)
def test_csv_and_label_studio_bring_everything_back(
    folder: Path, name: str, data: st.DataObject, recording: Recording
) -> None:
    labels = data.draw(labels_of(recording))
    assert by_time(back(folder, export(labels, recording, name), name, recording)) == labels


@settings(max_examples=40)
@given(data=st.data(), recording=RECORDINGS)
def test_edf_brings_class_stream_and_times_back(folder: Path, data: st.DataObject, recording: Recording) -> None:
    labels = data.draw(labels_of(recording, raters=(RATER,)))
    wanted = [replace(x, confidence=None, tool="EDF+", model="") for x in labels]
    assert by_time(back(folder, export(labels, recording, "edf"), "edf", recording)) == wanted


@settings(max_examples=40)
@given(data=st.data(), recording=RECORDINGS)
def test_elan_brings_class_stream_and_rater_back_and_times_to_half_a_millisecond(
    folder: Path, data: st.DataObject, recording: Recording
) -> None:
    labels = data.draw(labels_of(recording))
    found = list(back(folder, export(labels, recording, "elan"), "elan", recording))
    assert len(found) == len(labels)
    for label in labels:
        match = next(
            f
            for f in found
            if (f.stream, f.label, f.rater) == (label.stream, label.label, label.rater)
            and abs(f.interval.start - label.interval.start) <= 500
            and abs(f.interval.end - label.interval.end) <= 500
        )
        found.remove(match)


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_list_is_a_file_and_comes_back_empty(folder: Path, name: str) -> None:
    assert back(folder, export([], DATED, name), name) == ()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_file_twice_adds_nothing(folder: Path, name: str) -> None:
    content = export([span(DATED, 1, 2), span(DATED, 1.5, 3, "turning")], DATED, name)
    first = back(folder, content, name)
    assert len(first) == 2
    assert back(folder, content, name, present=first) == ()


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("csv", "labels.csv, line 3: "),
        ("edf", "labels.edf, annotation 2: "),
        ("label-studio", "labels.json, task 1, annotation 1, result 2: "),
        ("elan", "labels.txt, line 3: "),
    ],
)
@pytest.mark.parametrize(
    ("second", "why"),
    [
        (span(DATED, 1.5, 3), "'fall' from 0:00:01.0 to 0:00:02.0 already: move that span's edges"),
        (span(DATED, 1.5, 3, "not fall"), "a span cannot be both"),
        (span(DATED, 9, 13), "crosses the gap at 0:00:10.0"),
        (span(DATED, 13, 23), "ends after the signal does"),
        (span(DATED, 1000, 1001), "Nothing was recorded"),
    ],
)
def test_one_label_that_may_not_stand_keeps_the_whole_file_out(
    folder: Path, name: str, where: str, second: Label, why: str
) -> None:
    content = export([span(DATED, 1, 2), second], DATED, name)
    with pytest.raises(LabelsError) as refused:
        back(folder, content, name)
    assert str(refused.value).startswith(where)
    assert why in str(refused.value)
    with pytest.raises(LabelsError):  # also beside what stands already
        back(folder, export([second], DATED, name), name, present=(span(DATED, 1, 2), span(DATED, 9, 10, "x")))


def test_the_table_that_goes_out_is_one_that_teaches_a_detector() -> None:
    content = export([span(DATED, 1, 2, "not fall", stream="left-ankle")], DATED, "csv")
    (one,) = parse_labels(content, "t.csv")
    assert (one.file, one.stream, one.interval, one.label) == (
        "walk, 1.csv", "left-ankle", Interval(US, 2 * US), "not fall"
    )  # fmt: skip
    assert one.since(ORIGIN) == span(DATED, 1, 2).interval
    assert one.more["start_utc"] == "2026-03-02T06:00:01.123457Z"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("other.csv,left-ankle,1,2,fall,,", "line 2: it is about the file other.csv, not walk, 1.csv"),
        (
            ",hand,1,2,fall,,",
            "line 2: it names no stream of the recording ('hand'): name one of lower-back, left-ankle",
        ),
        (",,1,2,fall,,", "line 2: it names no stream: name one of"),
        (",left-ankle,1,2,fall,sure,", "line 2: confidence is 'sure'"),
        (",left-ankle,1,2,fall,7,", "line 2: its confidence is 7.0"),
        (
            ",left-ankle,1,2,Freezing_of  gait,,",
            "line 2: its class 'Freezing_of  gait' is spelt otherwise than 'freezing",
        ),
        (",left-ankle,1,2,Not Fall,,", "line 2: its class 'Not Fall' is spelt otherwise than 'not fall': spell it so"),
        (f",left-ankle,1,2,fall,,{'f' * 64}", "line 2: it is about another file of the name walk, 1.csv"),
    ],
)
def test_a_row_that_does_not_fit_the_recording_is_named(folder: Path, row: str, said: str) -> None:
    with pytest.raises(LabelsError) as refused:
        back(folder, f"file,stream,start_s,end_s,label,confidence,recording_sha256\n{row}\n", "csv")
    assert said in str(refused.value)


def test_dates_are_read_where_the_recording_has_one(folder: Path) -> None:
    text = (
        "file,stream,start_utc,end_utc,label\n,left-ankle,2026-03-02T07:00:01.123457+01:00,2026-03-02T06:00:03Z,fall\n"
    )
    (one,) = back(folder, text, "csv")
    assert one.interval == Interval(ORIGIN + US, ORIGIN + 3 * US - 123_457)
    with pytest.raises(LabelsError, match="line 2: it has a date and the recording none"):
        back(folder, text, "csv", UNDATED)
    with pytest.raises(LabelsError, match=r"it has a date and the recording walk, 1\.csv has none"):
        back(folder, export([span(DATED, 1, 2)], DATED, "edf"), "edf", UNDATED)


def test_a_date_that_was_changed_and_its_seconds_not_is_refused(folder: Path) -> None:
    text = export([span(DATED, 1, 2)], DATED, "csv").decode()
    assert len(back(folder, text, "csv")) == 1
    assert len(back(folder, text.replace(":01.123457Z", ":01.123Z"), "csv")) == 1  # what a spreadsheet keeps of it
    with pytest.raises(LabelsError, match="line 2: start_utc tells another time than its seconds do: change both"):
        back(folder, text.replace(":01.123457Z", ":01.523457Z"), "csv")


def test_a_class_of_ones_own_is_spelt_as_it_is_marked_already(folder: Path) -> None:
    row = "file,stream,start_s,end_s,label\n,left-ankle,5,6,"
    present = (replace(span(DATED, 1, 2), label="toe tapping"),)
    assert len(back(folder, f"{row}toe tapping\n", "csv", present=present)) == 1
    assert len(back(folder, f"{row}Toe Tapping\n", "csv")) == 1
    with pytest.raises(LabelsError, match="its class 'Toe Tapping' is spelt otherwise than 'toe tapping'"):
        back(folder, f"{row}Toe Tapping\n", "csv", present=present)


@pytest.mark.parametrize("name", FORMATS)
def test_marks_of_a_real_recording_go_out_and_come_back(folder: Path, shared_data: Path, name: str) -> None:
    recording = next(r for _, r in tdcsfog.load(shared_data) if sum(a.label == FREEZING for a in r.annotations) > 3)
    stream = recording.streams[0].name
    labels = [Label(stream, a.interval, a.label, RATER) for a in recording.annotations if a.label == FREEZING]
    found = back(folder, export(labels, recording, name), name, recording)
    step = FORMATS[name].precision_us // 2
    for there, here in zip(by_time(found), by_time(labels), strict=True):
        assert (there.stream, there.label) == (here.stream, here.label)
        assert abs(there.interval.start - here.interval.start) <= step
        assert abs(there.interval.end - here.interval.end) <= step
    if not step:
        assert back(folder, export(labels, recording, name), name, recording, present=tuple(labels)) == ()


def test_a_file_of_an_unknown_kind_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"its name does not say what it is: give it one of the endings .csv \(CSV\)"):
        format_of(tmp_path / "labels.xlsx")
    for name in ("gone.json", "gone.txt", "gone.csv", "gone.edf"):
        with pytest.raises(LabelsError, match=f"{name}: it cannot be read"):
            read(tmp_path / name, DATED, (), rater=RATER)


def test_edf_does_not_mix_raters() -> None:
    labels = [span(DATED, 1, 2), span(DATED, 1, 2, rater="R-02")]
    with pytest.raises(LabelsError, match="cannot say who of R-01, R-02 made a label"):
        export(labels, DATED, "edf")


def test_a_class_with_the_sign_that_parts_class_and_stream_comes_back_from_edf(folder: Path) -> None:
    label = span(DATED, 1, 2, "a@@left-ankle@@b")
    (one,) = back(folder, export([label], DATED, "edf"), "edf")
    assert (one.label, one.stream) == ("a@@left-ankle@@b", "lower-back")


def test_pyedflib_reads_our_annotations(tmp_path: Path) -> None:
    path = tmp_path / "labels.edf"
    many = [span(DATED, 0.5 + k / 100, 0.508 + k / 100, f"é {k}") for k in range(600)]
    path.write_bytes(export(many, DATED, "edf"))
    with pyedflib.EdfReader(str(path)) as theirs:
        onsets, durations, texts = theirs.readAnnotations()
        start = theirs.getStartdatetime()
    assert start == datetime(2026, 3, 2, 7)  # noqa: DTZ001  EDF has no zone
    assert list(texts) == [f"é {k}@@lower-back" for k in range(600)]
    np.testing.assert_allclose(onsets, [0.623457 + k / 100 for k in range(600)], atol=1e-4)  # its step is 0.1 ms
    np.testing.assert_allclose(durations, 0.008, atol=1e-4)


def test_annotations_that_pyedflib_wrote_beside_a_signal_are_read_at_the_wall_clock(tmp_path: Path) -> None:
    path = tmp_path / "scored.edf"
    head = {"label": "x", "dimension": "g", "sample_frequency": 10, "physical_max": 2, "physical_min": -2,
            "digital_max": 32767, "digital_min": -32768, "prefilter": "", "transducer": ""}  # fmt: skip
    with pyedflib.EdfWriter(str(path), 1, pyedflib.FILETYPE_EDFPLUS) as out:
        out.setSignalHeaders([head])
        out.setStartdatetime(datetime(2026, 3, 2, 7))  # noqa: DTZ001  EDF has no zone
        out.writeSamples([np.zeros(200)])
        out.writeAnnotation(1.5, 2.25, "freezing of gait")
    (one,) = read(path, ONE_SITE, (), rater="R-07")
    assert one.interval == Interval(ONE_SITE.interval.start + 1_500_000, ONE_SITE.interval.start + 3_750_000)
    assert (one.label, one.rater, one.source, one.stream) == (
        "freezing of gait", "R-07", LabelSource.IMPORTED, "lower-back"
    )  # fmt: skip


def test_edf_without_annotations_and_points_in_time_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scored.edf"
    head = {"label": "x", "dimension": "g", "sample_frequency": 10, "physical_max": 2, "physical_min": -2,
            "digital_max": 32767, "digital_min": -32768, "prefilter": "", "transducer": ""}  # fmt: skip
    for kind in (pyedflib.FILETYPE_EDF, pyedflib.FILETYPE_EDFPLUS):
        with pyedflib.EdfWriter(str(path), 1, kind) as out:
            out.setSignalHeaders([head])
            out.setStartdatetime(datetime(2026, 3, 2, 7))  # noqa: DTZ001  EDF has no zone
            out.writeSamples([np.zeros(200)])
            if kind == pyedflib.FILETYPE_EDFPLUS:
                out.writeAnnotation(1.5, -1, "button")
        said = "it is EDF without annotations" if kind == pyedflib.FILETYPE_EDF else "annotation 1: it ends where or"
        with pytest.raises(LabelsError, match=said):
            read(path, ONE_SITE, (), rater=RATER)


def region(start: object, end: object, *names: str, **more: object) -> dict[str, object]:
    value = {"start": start, "end": end, "instant": False, "timeserieslabels": list(names)}
    return {"id": "S1", "from_name": "label", "to_name": "ts", "type": "timeserieslabels", "value": value, **more}


def task(*results: object, **data: str) -> dict[str, object]:
    return {"id": 7, "data": data, "annotations": [{"completed_by": 3, "result": list(results)}], "predictions": [{}]}


def test_what_label_studio_itself_exports_is_read(folder: Path) -> None:
    told = [
        task(region(1, 2, "turning"), csv="/data/upload/3/ab12cd34-other.csv"),
        task(region(1.5, 2.25, "fall", "late"), region(3, 4, "fall"), csv="/data/upload/3/ab12cd34-made-by-test.csv"),
    ]
    found = back(folder, json.dumps(told), "label-studio", ONE_SITE, rater="R-07")
    origin = ONE_SITE.interval.start
    assert [(x.label, x.rater, (x.interval.start - origin) / US) for x in found] == [
        ("fall", "R-07", 1.5), ("late", "R-07", 1.5), ("fall", "R-07", 3.0)
    ]  # fmt: skip
    dated = task(region("2026-03-02T06:00:01Z", "2026-03-02T06:00:02.5Z", "fall"))
    (one,) = back(folder, json.dumps(dated), "label-studio", ONE_SITE)
    assert one.interval == Interval(origin + US, origin + 2_500_000)
    skipped = {"data": {}, "annotations": [{"was_cancelled": True, "result": [region(1, 2, "x")]}]}
    assert back(folder, json.dumps(skipped), "label-studio", ONE_SITE) == ()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{", "labels.json, line 1: it is no JSON"),
        ("[" * 100_000, "labels.json: its lists lie too deep in one another"),
        ("[1]", "labels.json: where a task should be is something else"),
        ("{}", "where a list of the name 'annotations' should be"),
        ([task(), task()], "none of its 2 tasks name the file made-by-test.csv"),
        (task({"type": "choices", "value": {}}), "annotation 1, result 1: it is of the type 'choices'"),
        (task(region(1, 2, "a"), region(1, 2)), "annotation 1, result 2: it has no class"),
        (task(region("2026-03-02 06:00:01", 2, "a")), "its start is '2026-03-02 06:00:01': give seconds"),
        (task(region(1, None, "a")), "its end is None"),
        (task(region(1, float("nan"), "a")), "its end is nan"),
        (task(region(True, 2, "a")), "its start is True"),
        (task(region(1, 2, "a", meta={"confidence": "high"})), "its confidence is 'high'"),
        (task(region(1, 2, "a", meta={"stream": "hand"})), "no stream of the recording ('hand')"),
        (task(region(2, 1, "a")), "it ends where or before it starts"),
    ],
)
def test_json_that_holds_no_spans_is_refused_where_it_is_wrong(folder: Path, told: object, said: str) -> None:
    with pytest.raises(LabelsError) as refused:
        back(folder, told if isinstance(told, str) else json.dumps(told), "label-studio", ONE_SITE)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        # as ELAN writes it when nothing is chosen: no header, all formats of time
        "FOG\tR-02\t00:00:01.500\t1.5\t1500\t00:00:02.250\t2.25\t2250\t00:00:00.750\t0.75\t750\ttrembling\n",
        "FOG\tR-02\t1500\t2250\t750\ttrembling\r\n",
        "lower-back@R-02\t\t1.500\t2.250\ttrembling",
        # a column for each tier, and lines about the media before
        '"#file:///video.mp4"\nBegin Time - ss.msec\tEnd Time - ss.msec\tFOG@R-02\tTask\n1.500\t2.250\ttrembling\t\n',
        "Tier\tParticipant\tDé - hh:mm:ss.ms\tFin - hh:mm:ss.ms\t\nFOG\tR-02\t00:00:01.500\t00:00:02.250\ttrembling\n",
    ],
)
def test_what_elan_itself_exports_is_read(folder: Path, text: str) -> None:
    (one,) = back(folder, text, "elan", ONE_SITE)
    origin = ONE_SITE.interval.start
    assert one.interval == Interval(origin + 1_500_000, origin + 2_250_000)
    assert (one.label, one.rater, one.stream) == ("trembling", "R-02", "lower-back")


def test_an_empty_elan_annotation_says_what_its_tier_is_called(folder: Path) -> None:
    assert [x.label for x in back(folder, "FOG\t\t1.5\t2.5\t\n", "elan", ONE_SITE)] == ["FOG"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FOG\tR-02\t1.5\tx\n", "labels.txt, line 1: it has no begin and end"),
        ("\nFOG\tR-02\tno\ttimes\there\n", "labels.txt, line 2: it has no begin and end"),
        ("Begin Time - ss.msec\tEnd Time - ss.msec\tFOG\n1.5\t2.5\t\n", "line 2: it holds no annotation"),
        ("lower-back\t\t1.5\t2.5\t\n", "line 1: it has no class"),
        ("FOG\t\t2.5\t1.5\tx\n", "line 1: it ends where or before it starts"),
    ],
)
def test_elan_text_that_holds_no_spans_is_refused_where_it_is_wrong(folder: Path, text: str, said: str) -> None:
    with pytest.raises(LabelsError) as refused:
        back(folder, text, "elan", ONE_SITE)
    assert said in str(refused.value)


def test_an_edge_that_elan_rounded_out_of_its_segment_is_set_back_to_the_segment(folder: Path) -> None:
    text = "lower-back@R-01\t\t9.000\t10.0009\tfall\nlower-back@R-01\t\t11.9991\t13.000\tfall\n"
    found = back(folder, text, "elan")
    assert [x.interval for x in found] == [span(DATED, 9, 10).interval, span(DATED, 12, 13).interval]
    with pytest.raises(LabelsError, match="line 1: The span ends after the signal does"):
        back(folder, text.replace("10.0009", "10.001"), "elan")


def test_elan_tiers_hold_no_overlap_and_no_label_shorter_than_a_millisecond() -> None:
    labels = [span(DATED, 1, 3), span(DATED, 2, 4, "turning"), span(DATED, 3, 5), span(DATED, 1, 3, rater="R-02")]
    tiers = [line.split("\t")[0] for line in export(labels, DATED, "elan").decode().splitlines()[1:]]
    assert tiers == ["lower-back@R-01", "lower-back@R-02", "lower-back 2@R-01", "lower-back@R-01"]
    with pytest.raises(LabelsError, match="lasts 300 µs, less than it can tell"):
        export([span(DATED, 1, 1.0003)], DATED, "elan")
