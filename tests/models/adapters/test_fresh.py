from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.recording import Placement
from models.adapters import fresh
from models.adapters.fresh import best_threshold, blank, fit_head, teach
from models.detectors import load, save
from tests.models.adapters import taught
from tests.models.detectors import made


def of_inputs(episodes: int, others: int):  # type: ignore[no-untyped-def]  # examples of the 6 columns read
    return [
        replace(taught.example(i, is_positive=p, away=2.0 if p else -2.0, k=6), log_odds=np.zeros(8))
        for i, p in enumerate([True] * episodes + [False] * others)
    ]


def test_a_blank_detector_knows_nothing_and_finds_the_support_familiar() -> None:
    embeddings = made.vectors_of(made.stream((0, 120)))
    new = blank(
        made.detector(),
        "tic",
        (Placement.HEAD,) if hasattr(Placement, "HEAD") else (Placement.WRIST,),
        embeddings.vectors,
    )
    scores = new.score(embeddings, ())
    assert scores.valid.all()
    np.testing.assert_array_equal(scores.probability, 0.5)
    assert (new.phenomenon, new.parent) == ("tic", None)


def test_a_taught_phenomenon_is_flagged_from_its_folder(tmp_path: Path) -> None:
    worn = made.stream((0, 120))
    embeddings = made.vectors_of(worn)
    vectors = embeddings.vectors.copy()
    vectors[100:112, :] = 3.0
    embeddings = replace(embeddings, vectors=vectors)
    new = teach(blank(made.detector(), "tic", (Placement.LOWER_BACK,), vectors), of_inputs(5, 5), "a.b.")
    saved = save(new, tmp_path / "tic", "# A card\n")
    again = load(tmp_path / "tic")
    (found, *rest) = again.episodes(again.score(embeddings, ()), worn.recorded, Placement.LOWER_BACK)
    assert found.phenomenon == "tic"
    assert found.detector == saved.version
    assert any(e.interval.start <= 50_000_000 < e.interval.end for e in (found, *rest))


def test_many_unmarked_stretches_do_not_drown_few_marks() -> None:
    moved = [fit_head(of_inputs(3, n)).of(np.array([[2.0, 0, 0, 0, 0, 0]]))[0][0] for n in (3, 60)]
    assert moved[1] == pytest.approx(moved[0], abs=0.25)


def test_the_threshold_comes_from_episodes_left_out() -> None:
    assert best_threshold(of_inputs(1, 5)) == 0.5
    assert 0.02 <= best_threshold(of_inputs(6, 20)) <= 0.98


def test_the_threshold_is_chosen_on_episodes_that_the_head_was_not_taught_with(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = of_inputs(3, 4)
    missing: list[set[int]] = []

    def watched(taught_with):  # type: ignore[no-untyped-def]  # examples
        missing.append({i for i, e in enumerate(examples) if all(e is not t for t in taught_with)})
        return fit_head(taught_with)

    monkeypatch.setattr(fresh, "fit_head", watched)
    best_threshold(examples)
    assert missing == [{0}, {1}, {2}, set()]


def test_one_class_alone_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="what it is not"):
        teach(blank(made.detector(), "tic", (Placement.WRIST,), np.zeros((40, 10))), of_inputs(3, 0))
