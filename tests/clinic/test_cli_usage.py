"""Wrong usage: exit code 2 and one sentence, before a file is read and with nothing left behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clinic import __version__
from models.assets import assets_dir
from tests.clinic.commanded import Said, motionward

ANALYZE = ["analyze", "walk.csv", "--out", "out"]
ADAPT = ["adapt", "walk.csv", "--labels", "labels.csv", "--out", "out"]
IMPORT = ["import", "walk.csv", "--patient", "P-01", "--home", "home"]


def assert_wrong_usage(said: Said) -> str:
    """Exit code 2, how it is used, and one line that says what is wrong: that line."""
    assert said.code == 2, said
    assert said.out == ""
    assert said.lines[0].startswith("Usage: motionward")
    (line,) = (line for line in said.lines if line.startswith("Error: "))
    assert line == said.lines[-1]
    return line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frobnicate"], "frobnicate"),
        (["inspect"], "files"),
        (["inspect", "walk.csv", "--zone", "Nowhere/Town"], "'Nowhere/Town'"),
        (["inspect", "walk.csv", "--zone", ""], "no time zone ''"),
        (["inspect", "walk.csv", "--profile", "nowhere.toml"], "nowhere.toml"),
        (["analyze", "--out", "out"], "files"),
        (["analyze", "walk.csv"], "--out"),
        ([*ANALYZE, "--false-alarms", "0"], "positive"),
        ([*ANALYZE, "--false-alarms", "nan"], "positive"),
        ([*ANALYZE, "--number-format", "fp64"], "fp64"),
        ([*ANALYZE, "--detector", "seventh-sense"], "freezing-of-gait-ankle, freezing-of-gait-lower-back"),
        ([*ANALYZE, "--detector", ""], "No whole detector"),
        ([*ANALYZE, "--placement", "moon"], "'moon' names no place: use one of lower back, "),
        ([*ANALYZE, "--placement", "head=left moon"], "'head=left moon' names no place"),
        ([*ANALYZE, "--profile", "nowhere.toml"], "nowhere.toml"),
        (["import", "walk.csv"], "--patient"),
        ([*IMPORT, "--patient", ""], "no code for a patient"),
        ([*IMPORT, "--placement", "moon"], "'moon' names no place"),
        ([*IMPORT, "--profile", "nowhere"], "nowhere"),
        ([*IMPORT, "--zone", "Nowhere/Town"], "'Nowhere/Town'"),
        ([*ADAPT, "--detector", "seventh-sense"], "freezing-of-gait-ankle, freezing-of-gait-lower-back"),
        (["export", "--patient", "P-01", "--format", "docx"], "docx"),
        (["export", "--patient", "P-01", "--format", ","], "none"),
        (["serve", "--port", "0"], "--port"),
        (["serve", "--port", "65536"], "65535"),
        (["demo", "--port", "http"], "--port"),
    ],
)
def test_wrong_usage_is_two(arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in assert_wrong_usage(motionward(*arguments))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["", "*", "*.example.org", "https://ward.example.org", "ward/", "ward:8501", "a b", "-a", "a..b", "ward\n"],
)
def test_a_name_that_is_no_host_name_is_refused(name: str) -> None:
    assert f"{name!r} is no host name" in assert_wrong_usage(motionward("serve", "--allow-host", name))


@pytest.mark.parametrize("place", ["lower back", "lower-back", "left ankle", "right wrist", "unknown"])
def test_every_way_to_name_a_place_passes(place: str, tmp_path: Path) -> None:
    said = motionward("analyze", tmp_path / "none.csv", "--out", tmp_path, "--placement", place)
    assert (said.code, len(said.lines)) == (1, 1)
    assert "no such file" in said.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a shipped detector."""
    return Path(shutil.copytree(assets_dir() / "detectors" / "freezing-of-gait-ankle", tmp_path / "theirs"))


@pytest.mark.parametrize("damage", ["weights", "description", "other JSON", "missing card", "strange encoder"])
def test_a_broken_detector_folder_is_wrong_usage(folder: Path, damage: str, tmp_path: Path) -> None:
    about = folder / "detector.json"
    match damage:
        case "weights":
            (folder / "model.safetensors").write_bytes(b"x")
        case "description":
            about.write_text("{")
        case "other JSON":
            about.write_text("[]")
        case "missing card":
            (folder / "card.md").unlink()
        case "strange encoder":
            about.write_text(about.read_text().replace('"imu-simclr"', '"theirs-too"'))
    said = motionward("analyze", tmp_path / "none.csv", "--out", tmp_path / "out", "--detector", folder)
    assert "detector" in assert_wrong_usage(said)
    assert not (tmp_path / "out").exists()


def test_an_encoder_of_another_version_is_said_before_a_file_is_read(folder: Path, tmp_path: Path) -> None:
    about = folder / "detector.json"
    lines = about.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"encoder"' in line)
    changed = ['"version": "000000000000"\n' if '"version"' in line else line for line in lines[at : at + 4]]
    about.write_text("".join([*lines[:at], *changed, *lines[at + 4 :]]))
    said = motionward("analyze", tmp_path / "none.csv", "--out", tmp_path / "out", "--detector", folder)
    assert "needs the encoder imu-simclr 000000000000" in assert_wrong_usage(said)


def test_version_is_told() -> None:
    said = motionward("--version")
    assert (said.code, said.out, said.err) == (0, f"motionward {__version__}\n", "")
