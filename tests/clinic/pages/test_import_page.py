from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from clinic import jobs
from clinic.home import Home
from clinic.reading import read_together
from clinic.site import remember_zone
from clinic.store import Store
from tests.clinic.pages.made_store import store_of, store_with
from tests.clinic.reports.made import analysis_of
from tests.clinic.test_reading import walk
from tests.signals import moving

PAGE = str(Path(__file__).parents[3] / "clinic" / "pages" / "import_.py")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A recording that does not say where it was worn, and a file that is none."""
    place = tmp_path / "inbox"
    place.mkdir()
    samples = moving(30, 50.0, channels=3)
    rows = [f"{k / 50:.2f},{x:.4f},{y:.4f},{z:.4f}" for k, (x, y, z) in enumerate(np.asarray(samples).tolist())]
    (place / "walk.csv").write_text("time_s,acc_x,acc_y,acc_z\n" + "\n".join(rows))
    (place / "junk.csv").write_text("hello\nworld\n")
    (place / "notes.docx").write_text("not a recording")
    return place


def opened(*, at: Path | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if at is not None:
        app.text_input(key="folder").set_value(str(at)).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(str(x.proto.body) for x in app.get("html"))


def answer(app: AppTest, label: str, value: str) -> AppTest:
    next(s for s in app.selectbox if label in s.label).set_value(value).run()
    assert not app.exception
    return app


def test_at_first_the_page_says_what_to_do() -> None:
    app = opened()
    assert "Drop files above, or name a folder on the server." in shown(app)
    assert not app.button


def test_a_file_a_row_with_what_was_understood_and_nothing_stored(folder: Path, inbox: Path) -> None:
    app = opened(at=inbox)
    text = shown(app)
    assert "2 files: 0 can be imported now, 1 needs an answer from you." in text
    assert "1 is refused. Nothing is stored until you import." in text
    assert "Refused: " in text
    assert "50 Hz" in text
    assert "this file has no date" in text
    assert "1 file of another kind is left out." in text
    assert Store.open(Home(folder)).patients() == []
    assert app.button(key="import").disabled


def test_an_answer_makes_it_importable_and_is_handed_on(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[tuple[str, dict[str, Any]]] = []

    def start(_: Home, kind: str, payload: dict[str, Any]) -> str:
        ordered.append((kind, payload))
        return "job-1"

    monkeypatch.setattr(jobs, "start", start)
    store_with(folder)
    app = answer(opened(at=inbox, patient="P-0001"), "where was", "left ankle")
    assert "1 can be imported now" in shown(app)
    app.button(key="import").click().run()
    ((kind, payload),) = ordered
    assert kind == "import"
    assert payload["files"] == [str(inbox / "walk.csv")]
    assert payload["patient"] == "P-0001"
    assert payload["zone"] is None  # P-0001 is known: the work asks the store
    ((path, said),) = payload["said"].items()
    assert (path, said["placements"]) == (str(inbox / "walk.csv"), ("unknown=left ankle",))


def test_what_is_stored_already_is_said_and_not_offered(folder: Path, inbox: Path) -> None:
    from data.readers import read

    store = store_with(folder)
    walk = read(inbox / "walk.csv")
    identity, _ = store.import_(walk, "P-0001", actor="t", now_us=1)
    assert "1 is already here" not in shown(opened(at=inbox, patient="P-0001"))  # stored, but not analysed yet
    store.record(identity, analysis_of(walk), actor="t", now_us=2)
    text = shown(opened(at=inbox, patient="P-0001"))
    assert "1 is refused and 1 is already here" in text
    assert "same content as a stored recording" in text


def odd_table(path: Path) -> Path:
    """A table whose columns nobody can tell without asking: counts under names that say nothing."""
    rows = [
        f"{k * 20};{a * 256:.0f};{b * 256:.0f};{c * 256:.0f}"
        for k, (a, b, c) in enumerate(np.asarray(moving(60, 50.0, channels=3, size_g=0.05)).tolist())
    ]
    path.write_text("clk;p;q;r\n" + "\n".join(rows) + "\n")
    return path


def test_a_table_that_nobody_understands_leads_to_the_mapper_and_is_known_ever_after(
    folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "odd"
    place.mkdir()
    odd_table(place / "ward7.csv")
    app = opened(at=place)
    app.button(key="map 0").click().run()
    assert not app.exception
    text = shown(app)
    assert "What do the columns of ward7.csv mean?" in text
    assert "by 20 from row to row: as ms that is 50 Hz" in text
    assert "keep one length while they are quiet" in text
    assert "50 Hz, 1 min from no date." in text
    fields = {s.label: s.value for s in app.selectbox}
    assert (fields["Time"], fields["Acceleration x"], fields["y"]) == (1, 2, None)
    app.selectbox(key=f"map worn 1 {place / 'ward7.csv'}").set_value("left ankle").run()
    app.button(key="map save").click().run()
    assert not app.exception
    assert "1 file: 1 can be imported now." in shown(app)
    assert (folder / "profiles" / "ward7.toml").is_file()
    rows = (place / "ward7.csv").read_text().splitlines(keepends=True)
    (place / "next.csv").write_text("".join(rows[:-50]))
    text = shown(opened(at=place))
    assert "2 files: 2 can be imported now." in text
    assert "The profile was saved here for tables with this header." in text


def test_a_unit_that_nothing_tells_is_asked_for_and_never_taken_as_the_first_of_the_list(tmp_path: Path) -> None:
    place = tmp_path / "turning"
    place.mkdir()
    turning = np.random.default_rng(0).integers(-9000, 9000, (400, 3))
    lines = [f"{k / 60:.4f},{x},{y},{z}" for k, (x, y, z) in enumerate(turning)]
    (place / "watch.csv").write_text("\n".join(["time_s,gyro_x,gyro_y,gyro_z", *lines]))
    app = opened(at=place)
    app.button(key="map 0").click().run()
    assert not app.exception
    unit = app.selectbox(key=f"map unit gyro 1 {place / 'watch.csv'}")
    assert unit.value is None
    assert "Nothing tells one of the units: say it." in shown(app)
    assert app.button(key="map save").disabled
    unit.set_value("mrad/s" if "mrad/s" in unit.options else "rad/s").run()
    assert "Nothing tells one of the units" not in shown(app)
    assert not app.button(key="map save").disabled


def test_what_a_lenient_reading_would_drop_is_named_before_it_is_chosen(shared_data: Path, tmp_path: Path) -> None:
    place = tmp_path / "damaged"
    place.mkdir()
    (original,) = (shared_data / "device_files" / "axivity").glob("*corrupt*.cwa")
    (place / "a.cwa").write_bytes(original.read_bytes())
    app = opened(at=place)
    assert "Refused: 6 of its 145 blocks are damaged" in shown(app)
    assert "what they held was left out" in shown(app)
    app.button(key="lenient 0").click().run()
    assert "1 file: 1 can be imported once a zone is chosen." in shown(app)
    assert "1 to check" in shown(app)


def test_a_refused_table_can_be_read_by_a_shipped_profile_and_says_so_in_the_pages_words(
    shared_data: Path, tmp_path: Path
) -> None:
    place = tmp_path / "tables"
    place.mkdir()
    (place / "a.txt").write_bytes((shared_data / "sisfall" / "original" / "F05_SA01_R01.txt").read_bytes())
    fall = next((shared_data / "umafall" / "original").glob("*lateralFall*.csv"))
    (place / "b.csv").write_bytes(fall.read_bytes())
    app = opened(at=place)
    text = shown(app)
    assert "2 files: 0 can be imported now." in text
    assert "choose a profile that comes with motionward (sisfall, umafall, weda-fall)" in text
    assert "read it as umafall, which is made for such columns" in text
    assert "--" not in " ".join(re.findall("Refused: .*?</small>", text))
    answer(app, "Columns of a.txt are read", "weda-fall")
    assert "the profile weda-fall.toml wants column" in shown(app)  # another one can be chosen
    answer(app, "Columns of a.txt are read", "sisfall")
    assert "2 files: 1 can be imported now." in shown(app)
    app.button(key="fitting umafall 1").click().run()
    assert not app.exception
    assert "Refused" not in shown(app)


@pytest.fixture
def days(tmp_path: Path) -> Path:
    """Two files of one wrist, with a wall clock that names no zone."""
    place = tmp_path / "dated"
    place.mkdir()
    walk(place / "left-wrist-a.csv", start="2026-03-02 08:00:00.000")
    walk(place / "left-wrist-b.csv", start="2026-03-02 08:05:00.000", seed=1)
    return place


def test_the_zone_is_asked_for_where_a_wall_clock_names_none_until_the_site_has_one(folder: Path, days: Path) -> None:
    app = opened(at=days)
    assert "Choose the zone" in shown(app)
    assert "no zone yet: shown as UTC" in shown(app)
    app.selectbox(key="zone None").set_value("Europe/Berlin").run()
    assert "Choose the zone" not in shown(app)
    remember_zone(Home(folder), "Asia/Tokyo")
    again = opened(at=days)
    assert again.selectbox(key="zone None").value == "Asia/Tokyo"
    assert "Asia/Tokyo" in shown(again)
    assert "Choose the zone" not in shown(again)


def test_a_whole_folder_waits_for_whose_it_is_and_of_which_zone_and_says_so(folder: Path, days: Path) -> None:
    (days / "below").mkdir()
    walk(days / "below" / "left-wrist-c.csv", start="2026-03-03 08:00:00.000", seed=2)
    app = opened(at=days)
    assert app.button(key="import all").disabled
    assert "each file as a recording of its own" in shown(app)
    assert "Give the patient's code and choose the zone first. Everything in" in shown(app).replace("&#x27;", "'")
    store_with(folder)
    app = opened(at=days, patient="P-0001")
    assert not app.button(key="import all").disabled
    assert "choose the zone first" not in shown(app)


def test_files_that_are_one_recording_are_shown_joined_before_they_are_imported(
    folder: Path, days: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[dict[str, Any]] = []
    monkeypatch.setattr(jobs, "start", lambda _home, _kind, payload: ordered.append(payload) or "job-1")
    store_with(folder)
    app = opened(at=days, patient="P-0001")
    app.toggle(key="join").set_value(True).run()
    assert not app.exception
    assert "left-wrist-a.csv and 1 more" in shown(app)
    assert "a gap of 5 min between left-wrist-a.csv and left-wrist-b.csv" in shown(app)
    app.button(key="import").click().run()
    (payload,) = ordered
    assert (payload["join"], payload["zone"], len(payload["files"])) == (True, None, 2)


def test_files_that_are_stored_as_one_recording_are_not_offered_again(folder: Path, days: Path) -> None:
    joined = read_together(Home(folder), sorted(days.iterdir()), {}, zone="Europe/Berlin")
    store_of(folder, joined, code="P-0001", days=0)
    app = opened(at=days, patient="P-0001")
    assert not app.button(key="import").disabled
    app.toggle(key="join").set_value(True).run()
    assert not app.exception
    assert "same content as a stored recording" in shown(app)
    assert app.button(key="import").disabled


def test_a_true_start_is_given_by_hand(inbox: Path) -> None:
    app = opened(at=inbox)
    app.text_input(key=f"start {inbox / 'walk.csv'}").set_value("2026-03-02 08:00").run()
    assert not app.exception
    assert "Mon 2 Mar 2026 08:00" in shown(app)
    assert "no zone yet: shown as UTC" in shown(app)
    app.text_input(key=f"start {inbox / 'walk.csv'}").set_value("soon").run()
    assert "Write it like 2026-03-02 08:00." in shown(app)


def test_a_folder_that_is_not_there_is_one_sentence(inbox: Path) -> None:
    assert "There is no folder" in shown(opened(at=inbox / "nowhere"))
    assert "give its whole path" in shown(opened(at=Path("relative/path")))


def job_in(monkeypatch: pytest.MonkeyPatch, state: str, outcomes: Sequence[dict[str, Any]], problem: str = "") -> None:
    made = jobs.Status("j", "import", state, "Analysing walk.csv", 0.5, 0, 10_000_000, tuple(outcomes), problem)
    monkeypatch.setattr(jobs, "status", lambda *_: made)


def test_a_finished_import_shows_what_happened_and_the_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"file": "walk.csv", "status": "imported", "sentence": "Imported; 3 flags."},
        {"file": "<b>junk.csv", "status": "refused", "sentence": "it is no table"},
    ]
    job_in(monkeypatch, "done", rows)
    app = opened(job="j", patient="P-0001")
    text = shown(app)
    assert "Of 2, 1 recording is in." in text
    assert "Imported; 3 flags." in text
    assert "&lt;b&gt;junk.csv" in text
    assert [b.label for b in app.button] == ["Open the timeline of P-0001", "Import other files"]


def test_a_running_import_shows_its_share_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = []
    monkeypatch.setattr(jobs, "cancel", lambda _, job: cancelled.append(job))
    job_in(monkeypatch, "running", [])
    app = opened(job="j")
    assert "Analysing walk.csv" in shown(app)
    app.button[0].click().run()
    assert cancelled == ["j"]


def test_a_failed_import_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    job_in(monkeypatch, "failed", [], "The disk is full: free some space.")
    assert "The disk is full: free some space." in shown(opened(job="j"))


def test_a_link_to_an_import_long_gone_is_no_error() -> None:
    assert "This import is not known here." in shown(opened(job="0" * 32))
