"""What is known of a taught detector on what had not taught it: kept in folders, promised on the dial."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from data.errors import MotionwardError
from models.calibration import sigmoid
from models.conformal import Unit, UnsureBand
from models.detectors import OperatingPoint, card_in, load, save
from models.detectors.correction import Adapted, Correction
from models.detectors.held import FILE, Held, Lesson, held_of, read_lesson, write_lesson
from models.detectors.unseen import UnseenPoint
from models.reliability import Bin
from tests.models.detectors import made

BANDS = tuple(UnsureBand(-1.0, level, share, Unit.EPISODES, 12, 12) for level, share in ((0.5, 0.8), (1.5, 0.9)))
HELD = Held(
    Unit.EPISODES, 12, 0.5, 0.07, (Bin(0.2, 0.1, 0.5), Bin(0.7, 0.9, 0.5)), BANDS,
    (UnseenPoint(0.4, 12.0, 5.0, 20.0, 0.9, 0.7, 1.0), UnseenPoint(0.7, 2.0, 0.0, 7.4, 0.5, 0.2, 0.7)),
)  # fmt: skip
LESSON = Lesson("0123456789ab", 5, (OperatingPoint(0.5, 8.0, None, 0.7, (0.6, 0.7, None)),), replace(HELD, bands=()))


def own():  # type: ignore[no-untyped-def]  # a detector of what somebody named
    plain = made.detector()
    adapted = Adapted("logistic from nothing", "because", Correction(np.zeros(7), np.eye(7)), (), np.zeros((0, 6)))
    return replace(plain, adapted=adapted, held=HELD, points=(), parent=None)


def test_what_held_comes_back_as_it_was() -> None:
    assert held_of(json.loads(json.dumps(asdict(HELD)))) == HELD


def test_a_folder_keeps_what_held_and_its_diagram(tmp_path: Path) -> None:
    save(own(), tmp_path / "tic", "# A card\n")
    again = load(tmp_path / "tic")
    assert again.held == HELD
    assert (tmp_path / "tic" / "reliability.svg").read_text(encoding="utf-8").count("<circle") == 2
    assert load(tmp_path / "tic").promising(0.9).rules.sure_from == pytest.approx(sigmoid(np.array([1.5]))[0])


def test_a_lesson_is_read_for_the_version_that_it_is_about(tmp_path: Path) -> None:
    assert read_lesson(tmp_path, LESSON.version) is None
    write_lesson(LESSON, tmp_path)
    assert read_lesson(tmp_path, LESSON.version) == LESSON
    assert read_lesson(tmp_path, "another") is None
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(MotionwardError, match=r"lesson.json is damaged .* or delete the file\."):
        read_lesson(tmp_path, LESSON.version)


def test_a_class_of_ones_own_promises_half_seconds_and_nothing_that_too_few_can_promise() -> None:
    one = own()
    assert one.promising(None).rules.sure_from is None
    assert one.promising(0.95).rules.sure_from is None
    assert one.promise(0.95) == ""
    assert one.promise(None) == ""
    said = one.promise(0.9)
    assert said.startswith(
        "A flag is sure where its peak reaches 0.82: of the half seconds without freezing of gait in a"
    )
    assert said.endswith("90 % or more lie below, in the mean, from 12 stretches that were left out.")


def test_a_shipped_detector_that_was_taught_promises_what_others_who_taught_it_showed() -> None:
    points = LESSON.points
    one = replace(own(), held=LESSON.held, points=points, parent="0123456789ab")
    assert one.promising(0.9).rules.sure_from == 0.7
    assert one.promising(0.95).rules.sure_from is None
    assert one.promise(0.9).startswith("Of a new person's flags, 90 % or more are not both called sure and false")
    assert "like the 12 who each taught such a detector a few episodes" in one.promise(0.9)
    unknown = replace(one, held=None)
    assert unknown.promising(0.9).rules.sure_from is None
    assert unknown.promise(0.9) == ""


def test_who_was_left_out_is_people_where_several_taught_it() -> None:
    people = replace(HELD, bands=tuple(replace(b, unit=Unit.PEOPLE) for b in BANDS))
    assert "in a new patient, 80 % or more lie below" in people.promise(0.8, "tremor", of_flags=False)
    assert "from 12 patients" in people.promise(0.8, "tremor", of_flags=False)


def test_the_alarm_budget_reads_the_curve() -> None:
    unseen = HELD.unseen("of this")
    assert unseen is not None
    assert (unseen.version, unseen.people, unseen.at(3.0).threshold) == ("of this", 12, 0.7)
    assert replace(HELD, curve=()).unseen("of this") is None


def test_the_card_is_read_around_its_picture(tmp_path: Path) -> None:
    card = "# A card\n\n![Reliability](reliability.svg)\n\n- More.\n"
    save(own(), tmp_path / "tic", card)
    before, picture, after = card_in(tmp_path / "tic")
    assert (before, after) == ("# A card\n", "\n- More.\n")
    assert picture.startswith("<svg")
    (tmp_path / "tic" / "reliability.svg").unlink()
    assert card_in(tmp_path / "tic") == (card, "", "")
    (tmp_path / "tic" / "card.md").unlink()
    with pytest.raises(MotionwardError, match="cannot be read"):
        card_in(tmp_path / "tic")
