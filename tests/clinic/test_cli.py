"""The command line: exit codes, sentences, and nothing heavy before it is needed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from clinic import analysis
from clinic.cli.telling import Batch, progress
from clinic.home import Home
from clinic.store import Store
from data.readers import read
from tests.clinic.commanded import assert_refusals, motionward
from tests.clinic.kept import PATIENT, filled
from tests.clinic.pages.made_store import store_with, store_with_undated
from tests.signals import moving


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """A CSV file of 30 s, of a sensor whose place nobody knows."""
    path = tmp_path / "walk.csv"
    samples = moving(30, channels=3)
    rows = [f"{i / 50:.2f},{x:.6f},{y:.6f},{z:.6f}" for i, (x, y, z) in enumerate(samples)]
    path.write_text("time_s,acc_x_g,acc_y_g,acc_z_g\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def rows_of(home: Home) -> int:
    return Store.open(home).head().seq


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['motionward', '--help']\n"
        "from clinic.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1]
    for module in ("torch", "sklearn", "lightgbm", "streamlit", "pandas", "scipy"):
        assert f"'{module}'" not in loaded
    for command in ("inspect", "analyze", "import", "demo", "serve", "export", "verify-audit", "backup", "restore",
                    "tidy", "pretrain", "train-detector", "evaluate"):  # fmt: skip
        assert command in done.stdout


def test_inspect_tells_of_each_file_and_stores_nothing(
    walk: Path, tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTIONWARD_HOME", str(home.root))
    said = motionward("inspect", walk)
    assert said.code == 0, said
    assert "walk.csv" in said.out
    assert "50 Hz" in said.out
    missing, empty = tmp_path / "none.csv", tmp_path / "empty"
    empty.mkdir()
    said = motionward("inspect", "--json", missing, walk, empty)
    assert_refusals(said, missing, empty)
    facts = json.loads(said.out)
    assert [f["file"] for f in facts] == [str(missing), str(walk), str(empty)]
    facts.sort(key=lambda f: f["file"] != str(walk))
    assert set(facts[0]) == set(facts[1]) == set(facts[2])
    wanted = {"file", "sha256", "device", "clock", "start_utc", "assumptions", "streams", "problems"}
    for fact in facts:
        assert wanted <= set(fact)
    (stream,) = facts[0]["streams"]
    assert set(stream) == {
        "stream", "placement", "side", "rate_hz", "samples", "gaps", "start_s", "end_s", "channels",
    }  # fmt: skip
    assert (stream["samples"], stream["rate_hz"], stream["gaps"]) == (1500, 50.0, 0)
    assert stream["channels"]["acc_z"]["unit"] == "g"
    np.testing.assert_allclose(stream["channels"]["acc_z"]["mean"], moving(30, channels=3)[:, 2].mean(), atol=1e-5)
    assert facts[1]["problems"]
    assert not home.root.exists()


def test_import_twice_changes_nothing_and_the_rest_of_a_batch_goes_on(walk: Path, tmp_path: Path, home: Home) -> None:
    missing, junk = tmp_path / "none.csv", tmp_path / "junk.csv"
    junk.write_bytes(bytes(range(256)) * 20)
    zone = ("--zone", "Europe/Berlin")
    first = motionward("import", missing, walk, junk, "--patient", "P-07", "--home", home.root, *zone)
    assert_refusals(first, missing, junk)
    assert first.out == "walk.csv: Imported; not judged: no detector of freezing of gait for a sensor at: unknown.\n"
    before = rows_of(home)
    again = motionward("import", walk, "--patient", "P-07", "--home", home.root, "--json")
    assert (again.code, rows_of(home)) == (0, before)
    (outcome,) = json.loads(again.out)
    assert set(outcome) == {"file", "status", "recording", "flags", "sentence"}
    assert outcome["status"] == "already here"
    assert outcome["file"] == str(walk)
    other = motionward("import", walk, "--patient", "P-08", "--home", home.root)
    assert "of patient P-07" in other.out
    assert len(Store.open(home).recordings()) == 1


def test_a_stream_that_a_file_does_not_have_is_the_files_refusal(walk: Path, home: Home, tmp_path: Path) -> None:
    """Where a sensor was worn is told for all files at once, and one of them may lack that sensor."""
    for command in (["import", "--patient", "P-01", "--home", home.root], ["analyze", "--out", tmp_path / "out"]):
        said = motionward(*command, walk, "--placement", "tail=wrist")
        assert_refusals(said, walk)
        assert "no stream 'tail'" in said.err
    assert Store.open(home).recordings() == []
    assert not (tmp_path / "out").exists()


def test_results_never_replace_a_folder_with_other_files_and_that_is_said_before_the_work(
    walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "analyze", lambda *_, **__: pytest.fail("analysed for nothing"))
    own = tmp_path / "walk" / "diary.txt"
    own.parent.mkdir()
    own.write_text("kept for years")
    said = motionward("analyze", walk, "--out", tmp_path)
    assert_refusals(said, walk)
    assert "holds other things, such as diary.txt" in said.err
    assert [f.name for f in own.parent.iterdir()] == ["diary.txt"]


def test_results_of_before_are_replaced(walk: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert motionward("analyze", walk, "--out", tmp_path / "out").code == 0
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == ["walk"]


def test_a_place_that_cannot_be_written_is_said_before_the_work(
    walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "analyze", lambda *_, **__: pytest.fail("analysed for nothing"))
    (tmp_path / "taken").write_text("")
    for place in (tmp_path / "taken", tmp_path / "taken" / "deeper"):
        said = motionward("analyze", walk, "--out", place)
        assert_refusals(said, walk)
        assert "cannot be written" in said.err
        assert said.err.endswith("name another folder with --out\n")


def test_results_of_a_file_keep_to_the_rule_of_valid_days_of_this_site(
    walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("MOTIONWARD_HOME", str(home))
    (home / "validity.toml").write_text("least_hours = 0.005\n")
    said = motionward("analyze", walk, "--start", "2026-03-02 09:00", "--out", tmp_path / "out")
    assert said.code == 0, said
    quality = json.loads((tmp_path / "out" / "walk" / "quality.json").read_text())
    assert quality["validity"]["least_hours"] == 0.005
    assert [j["valid_days"] for j in quality["judgements"]] == [1] * len(quality["judgements"])
    (home / "validity.toml").write_text("least_hours = 'many'\n")
    said = motionward("analyze", walk, "--out", tmp_path / "again")
    assert (said.code, len(said.lines)) == (1, 1)
    assert "validity.toml holds something that is not a number" in said.err


def test_two_files_of_one_name_do_not_overwrite_each_other(walk: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / walk.name
    other.parent.mkdir()
    other.write_text("\n".join(walk.read_text().splitlines()[:1200]) + "\n")
    said = motionward("analyze", walk, other, "--out", tmp_path / "out", "--json")
    assert said.code == 0, said
    found = json.loads(said.out)
    assert found["refused"] == []
    results = [Path(d["results"]) for d in found["done"]]
    assert len({*results}) == 2
    sizes = [json.loads((r / "manifest.json").read_text())["source"]["size"] for r in results]
    assert sizes == [walk.stat().st_size, other.stat().st_size]


def test_folder_that_cannot_be_written_is_a_sentence(walk: Path, tmp_path: Path) -> None:
    """A file stands where a folder is wanted: this holds for every user, also for root."""
    (tmp_path / "taken").write_text("")
    place = tmp_path / "taken" / "deeper"
    said = motionward("analyze", walk, "--out", place)
    assert_refusals(said, walk)
    for command in (["import", walk, "--patient", "P-01"], ["demo", "--check"]):
        said = motionward(*command, "--home", place)
        assert (said.code, len(said.lines)) == (1, 1)
        assert said.err.startswith(f"The data folder {place} cannot be written (Not a directory): choose another")


def test_progress_is_shown_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_terminal, expected in ((False, ""), (True, "\rwalk.csv:  50%\rwalk.csv: 100%\n")):
        screen = io.StringIO()
        monkeypatch.setattr(screen, "isatty", lambda answer=is_terminal: answer)
        monkeypatch.setattr(sys, "stderr", screen)
        show = progress("walk.csv")
        for share in (0.5, 1.0, 1.0):
            if show is not None:
                show(share)
        assert screen.getvalue() == expected


def test_a_missing_recipe_is_a_sentence(tmp_path: Path) -> None:
    said = motionward("pretrain", tmp_path / "none.toml", "--out", tmp_path / "out", "--data", tmp_path)
    assert said.code == 1
    assert len(said.lines) == 1
    assert str(tmp_path / "none.toml") in said.err


@pytest.mark.parametrize(
    "command",
    [["verify-audit"], ["tidy"], ["backup", "copy"], ["export", "--patient", "P-01"]],
    ids=lambda c: str(c[0]),
)
def test_no_store_is_a_sentence_and_none_is_made(command: list[str], home: Home) -> None:
    said = motionward(*command, "--home", home.root)
    assert (said.code, said.lines) == (1, [f"There is no store at {home.root}: name its folder with --home."])
    assert not home.root.exists()


def test_verify_audit_says_what_is_wrong(home: Home) -> None:
    filled(home, count=1)
    said = motionward("verify-audit", "--home", home.root)
    assert said.code == 0
    assert f"whole, {rows_of(home)} entries" in said.out
    with duckdb.connect(str(home.database)) as database:
        database.execute("UPDATE episode SET peak = 0.1")
    said = motionward("verify-audit", "--home", home.root)
    assert said.code == 1
    assert len(said.lines) == 1
    assert "table episode" in said.err


def test_lost_tail_and_head_are_a_sentence_and_not_backed_up(home: Home, tmp_path: Path) -> None:
    filled(home, count=1)
    with duckdb.connect(str(home.database)) as database:
        database.execute("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)")
    for command in (["verify-audit"], ["backup", tmp_path / "copy"], ["export", "--patient", PATIENT]):
        said = motionward(*command, "--home", home.root)
        assert said.code == 1
        assert len(said.lines) == 1
        assert "lost its last 1 entr" in said.err
    assert not (tmp_path / "copy").exists()
    home.head.unlink()
    said = motionward("verify-audit", "--home", home.root)
    assert (said.code, len(said.lines)) == (1, 1)
    assert "clinic.head is missing" in said.err


@pytest.mark.parametrize("damage", ["garbage", "cut", "empty"])
def test_damaged_database_is_a_sentence(home: Home, damage: str) -> None:
    filled(home, count=1)
    content = home.database.read_bytes()
    home.database.write_bytes({"garbage": b"\x13" * 40_000, "cut": content[:5000], "empty": b""}[damage])
    said = motionward("verify-audit", "--home", home.root)
    assert said.code == 1
    assert len(said.lines) == 1
    assert "motionward restore" in said.err


def test_backup_and_restore_go_round(home: Home, tmp_path: Path) -> None:
    filled(home, count=1)
    assert motionward("backup", tmp_path / "copy", "--home", home.root).code == 0
    said = motionward("backup", tmp_path / "copy", "--home", home.root)
    assert (said.code, said.lines) == (
        1,
        [f"{tmp_path / 'copy'} is there already: name a folder that does not exist yet."],
    )
    said = motionward("restore", tmp_path / "copy", "--home", home.root)
    assert said.code == 1
    assert "holds a store already" in said.err
    head = Store.open(home).head()
    shutil.rmtree(home.root)
    assert motionward("restore", tmp_path / "copy", "--home", home.root).code == 0
    assert Store.open(home).head() == head
    said = motionward("restore", tmp_path, "--home", tmp_path / "third")
    assert said.code == 1
    assert "is not a backup" in said.err


def test_commands_about_the_store_speak_to_machines(home: Home, tmp_path: Path) -> None:
    store = store_with(home.root, code=PATIENT)
    said = motionward("export", "--patient", PATIENT, "--out", tmp_path / "e", "--home", home.root, "--json")
    assert json.loads(said.out) == {
        "patient": PATIENT, "files": [str(tmp_path / "e" / f"{PATIENT}.{kind}") for kind in ("html", "csv")],
    }  # fmt: skip
    head = store.head()
    whole = json.loads(motionward("verify-audit", "--home", home.root, "--json").out)
    assert whole == {
        "home": str(home.root), "whole": True, "entries": head.seq, "head": head.hash, "problems": [],
    }  # fmt: skip
    copy = tmp_path / "copy"
    said = motionward("backup", copy, "--home", home.root, "--json")
    assert json.loads(said.out) == {"home": str(home.root), "backup": str(copy)}
    said = motionward("restore", copy, "--home", tmp_path / "second", "--json")
    assert json.loads(said.out) == {"home": str(tmp_path / "second"), "backup": str(copy)}
    rubbish = home.signals("f" * 64)
    rubbish.mkdir()
    assert json.loads(motionward("tidy", "--home", home.root, "--json").out) == {"removed": [str(rubbish)]}
    assert motionward("tidy", "--home", home.root).out == "0 left-overs removed\n"


def test_damage_is_told_to_a_machine_too(home: Home) -> None:
    filled(home, count=1)
    with duckdb.connect(str(home.database)) as database:
        database.execute("UPDATE episode SET peak = 0.1")
    said = motionward("verify-audit", "--home", home.root, "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert not found["whole"]
    assert len(found["problems"]) == len(said.lines) == 1
    assert_refusals(said, home.root)


def test_export_says_which_recordings_without_a_date_its_report_leaves_out_and_takes_one_by_name(
    home: Home, tmp_path: Path
) -> None:
    store_with_undated(home.root, "walk1.csv", "walk2.csv")
    asked = ("export", "--patient", "P-0001", "--out", tmp_path / "e", "--home", home.root)
    said = motionward(*asked)
    assert said.code == 0, said
    page, table = ((tmp_path / "e" / f"P-0001.{kind}").read_text("utf-8") for kind in ("html", "csv"))
    assert "1 other recording of this patient is not on this page" in page
    assert "no clock: walk1.csv." in page
    assert {row["file"] for row in csv.DictReader(table.splitlines())} == {"walk1.csv", "walk2.csv"}
    for name in ("walk1.csv", "0" * 12):
        assert motionward(*asked, "--recording", name).code == 0
        assert "no clock: walk2.csv." in (tmp_path / "e" / "P-0001.html").read_text("utf-8")
    said = motionward(*asked, "--recording", "walk3.csv")
    assert (said.code, len(said.lines)) == (1, 1)
    assert "no analysed recording is called walk3.csv: name one of walk1.csv (000000000000)" in said.err


def test_export_writes_what_was_asked_for(home: Home, tmp_path: Path) -> None:
    store_with(home.root, code=PATIENT)
    said = motionward(
        "export", "--patient", PATIENT, "--format", "HTML, csv", "--out", tmp_path / "e", "--home", home.root
    )
    assert said.code == 0, said
    assert sorted(Path(line).suffix for line in said.out.splitlines()) == [".csv", ".html"]
    assert all(Path(line).is_file() for line in said.out.splitlines())
    said = motionward("export", "--patient", "P-99", "--home", home.root)
    assert (said.code, len(said.lines)) == (1, 1)
    assert "no patient 'P-99'" in said.err


def test_a_file_whose_name_has_a_line_end_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\nb.csv"
    path.write_text("hello\n")
    batch = Batch()
    with batch.file(path):
        read(path)
    said = capsys.readouterr().err
    assert said.endswith("b.csv: it is text without a table of numbers: " + batch.refused[0]["hint"] + "\n")
    assert (said.count("\n"), said.count("b.csv")) == (1, 1)
