from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clinic.home import Home
from clinic.intake_preview.html import guesses_html, happened_html, row_html
from clinic.intake_preview.preview import (
    MOST_FILES,
    NOT_KNOWN,
    Preview,
    describe,
    files_in,
    headline,
    preview,
    strip,
)
from clinic.intake_preview.words import page_hint, places, size_words, unit_words
from data.errors import MotionwardError
from data.recording import Clock, Placement, Recording
from tests.signals import moving, recording_of


def walk(placement: Placement = Placement.LOWER_BACK, seconds: float = 90.0) -> Recording:
    return recording_of([(0.0, moving(seconds, channels=3))], placement=placement)


def row(recording: Recording, known: frozenset[str] = frozenset()) -> Preview:
    return describe(recording, Path("/in/walk.csv"), 1_234_567, known)


def test_a_dated_recording_shows_the_patients_clock() -> None:
    made = row(walk())
    assert (made.starts, made.clock, made.span) == ("Mon 2 Mar 2026 07:00", "Europe/Berlin", "2 min")
    assert made.rate == "50 Hz"
    assert made.sensors == "acceleration"
    assert "Mon 2 Mar" in made.caption


def test_a_recording_without_a_date_says_so() -> None:
    made = row(replace(walk(), clock=Clock.RELATIVE, zone=None))
    assert made.starts == "no date"
    assert made.clock == "this file has no date; counted from 0:00:00"
    unset = row(replace(walk(), clock=Clock.UNSET, zone=None))
    assert unset.clock.startswith("the device's clock was never set")


LENIENTLY = ", or read it leniently (--lenient), which leaves gaps there"


@pytest.mark.parametrize(
    ("hint", "reads_leniently", "said"),
    [
        (f"copy it again{LENIENTLY}", True, "copy it again, or read it leniently, which leaves gaps there"),
        (f"copy it again{LENIENTLY}; or x", False, "copy it again; or x"),
        ("read it with --profile umafall or --profile sisfall, which is made for such columns; else split it", False,
         "read it as umafall or as sisfall, which is made for such columns; else split it"),
        ("add a time column, give rate_hz in a profile, or use a shipped one (sisfall)", False,
         "add a time column, say its rate with its columns, or choose a profile that comes with motionward (sisfall)"),
        ("give its true start (--start), or bring it on its own", False, "give its true start, or bring it on its own"),
    ],
)  # fmt: skip
def test_a_hint_on_the_page_has_no_words_of_the_command_line(hint: str, reads_leniently: bool, said: str) -> None:
    assert page_hint(hint, reads_leniently=reads_leniently) == said


def test_what_tells_the_place_is_no_sentence_about_something_else_of_a_sensor_named_after_it() -> None:
    told = ("Joined by their clocks from 2 files: left-wrist.csv, b.csv.", "Not read: 'wrist_mag_x'.",
            "wrist: a gap of 2 h between a.csv and b.csv.", "a.csv: wrist: 3 gaps in the time stamps.",
            "The placement, wrist, is taken from what was entered at set-up.")  # fmt: skip
    (site,) = row(replace(walk(Placement.WRIST), assumptions=told)).sites
    assert site.why == told[-1]
    (site,) = row(replace(walk(Placement.WRIST), assumptions=told[:-1])).sites
    assert site.why == "the file says so"


def test_an_unknown_place_is_a_question_until_it_is_answered() -> None:
    made = row(walk(Placement.UNKNOWN))
    assert made.state == "answer"
    assert made.waits({})
    assert made.quality_said({})[0] == "placement"
    assert made.light({"unknown": "left ankle"}) == "good"
    assert made.quality_said({"unknown": "left ankle"}) == ("good", "nothing to remark")
    assert "does not say where" not in row_html(made, {"unknown": "left ankle"})
    assert made.placements({"unknown": "left ankle"}) == ["unknown=left ankle"]


def test_not_known_is_an_answer_too_and_changes_nothing() -> None:
    made = row(walk(Placement.UNKNOWN))
    assert not made.waits({"unknown": NOT_KNOWN})
    assert made.light({"unknown": NOT_KNOWN}) == "check"
    assert "the file does not say where it was worn" in row_html(made, {"unknown": NOT_KNOWN})
    assert made.placements({"unknown": NOT_KNOWN}) == []


def test_a_correction_is_handed_on_and_a_confirmation_is_not() -> None:
    made = row(walk())
    assert made.placements({"lower-back": "wrist"}) == ["lower-back=wrist"]
    assert made.placements({"lower-back": "lower back"}) == []


def test_what_is_stored_is_already_here() -> None:
    made = row(walk(), frozenset({"0" * 64}))
    assert made.state == "here"
    assert "already here" in row_html(made, {})


def test_every_place_on_the_page_is_one_that_an_import_takes() -> None:
    from clinic.reading import placed

    for place in places():
        (stream,) = placed(walk(Placement.UNKNOWN), [f"unknown={place}"]).streams
        assert stream.placement is not Placement.UNKNOWN


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 400, b"hello\nworld\n", b"time_s,acc_x,acc_y,acc_z\n"])
def test_a_file_that_is_no_recording_is_a_row_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    made = preview(path, Home(path.parent), "UTC")
    assert made.state == "refused"
    assert made.problem
    assert made.hint
    assert made.problem.split()[0] in row_html(made, {})


def test_a_file_that_went_away_is_a_row(tmp_path: Path) -> None:
    assert preview(tmp_path / "gone.csv", Home(tmp_path), None).state == "refused"


def test_the_plot_keeps_spikes_and_does_not_cross_missing_values() -> None:
    samples = moving(60, channels=3, size_g=0.01)
    samples[1234, 0] = 7.0
    samples[2000:2100] = np.nan
    svg = row(recording_of([(0.0, samples)])).plot
    first = re.findall(r'<path d="(M[^"]*L[^"]*)" stroke="#1F2933"', svg)[0]
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", first)]
    assert min(heights) < np.median(heights) - 80  # the spike stands out
    assert first.count("M") == 2  # the pen is lifted once
    assert "nan" not in svg


def test_headline_and_strip_count_what_can_be_done(tmp_path: Path) -> None:
    rows = [row(walk()), row(walk(Placement.UNKNOWN)), preview(tmp_path / "gone.csv", Home(tmp_path), None)]
    first, second = headline(rows, {})
    assert first == "3 files: 1 can be imported now, 1 needs an answer from you."
    assert second == "1 is refused. Nothing is stored until you import."
    assert ("check", "1 needs an answer", "") in strip(rows, {})
    assert strip(rows, {})[-1][2].endswith("of new recording")
    assert ("check", "2 need an answer", "") in strip([*rows, row(walk(Placement.UNKNOWN))], {})


def test_files_that_wait_for_a_zone_cannot_be_imported_now() -> None:
    rows = [row(walk()), replace(row(walk()), asks_zone=True)]
    assert headline(rows, {}, has_zone=False)[0] == "2 files: 2 can be imported once a zone is chosen."
    assert headline(rows, {}, has_zone=True)[0] == headline(rows[:1] * 2, {}, has_zone=False)[0]
    assert headline(rows, {}, has_zone=True)[0] == "2 files: 2 can be imported now."


def test_the_units_are_those_of_the_channels_that_are_there() -> None:
    six = recording_of([(0.0, moving(30, channels=6))])
    (stream,) = six.streams
    pieces = tuple(replace(s, samples=s.samples[:, 3:]) for s in stream.segments)
    turning = replace(six, streams=(replace(stream, channels=stream.channels[3:], segments=pieces),))
    assert [unit_words(r) for r in (walk(), six, turning)] == ["g", "g, °/s", "°/s"]


def test_a_folder_gives_the_files_that_may_be_recordings(tmp_path: Path) -> None:
    for name in ("b.csv", "a.EDF", ".hidden.csv", "notes.docx"):
        (tmp_path / name).touch()
    (tmp_path / "sub.csv").mkdir()
    found, note = files_in(str(tmp_path))
    assert [p.name for p in found] == ["a.EDF", "b.csv"]
    assert note == "1 file of another kind is left out."
    for k in range(MOST_FILES):
        (tmp_path / f"x{k:03}.csv").touch()
    found, note = files_in(str(tmp_path))
    assert len(found) == MOST_FILES
    assert f"The first {MOST_FILES} of {MOST_FILES + 2} are shown" in note


@pytest.mark.parametrize("folder", ["relative", "/no/such/folder", "/etc/passwd"])
def test_what_is_no_folder_is_refused_in_words(folder: str) -> None:
    with pytest.raises(MotionwardError, match="There is no folder"):
        files_in(folder)


def test_what_belongs_to_another_file_of_a_folder_is_not_refused_beside_it(shared_data: Path) -> None:
    found, note = files_in(str(shared_data / "device_files" / "empatica_e4" / "long"))
    assert [p.name for p in found] == ["ACC.csv"]
    assert note == "7 files belong to another file here: read with it, or without movement."


def test_names_of_files_are_text() -> None:
    name = "<script>x.csv"
    made = replace(row(walk()), path=Path(name), device="<b>", guesses=("<i>",))
    assert "<script" not in row_html(made, {})
    assert "<i>" not in guesses_html(made)
    assert "<script" not in happened_html([{"file": name, "status": "refused", "sentence": "<script>"}])


def test_what_happened_names_each_file_once() -> None:
    text = happened_html([{"file": "a.csv", "status": "refused", "sentence": "a.csv: it is empty: copy it again"}])
    assert text.count("a.csv") == 1
    assert "<td>it is empty: copy it again</td>" in text
    text = happened_html([{"file": "a.csv", "status": "refused", "sentence": f"a.csv: cut: copy it again{LENIENTLY}"}])
    assert "<td>cut: copy it again, or read it leniently, which leaves gaps there</td>" in text


@pytest.mark.parametrize(("size", "words"), [(12, "12 bytes"), (7900, "7.9 kB"), (241_000_000, "241 MB")])
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_words(size) == words
