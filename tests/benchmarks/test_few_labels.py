"""A handful of labels: means stay in their trial, who gives labels is not judged, and features read no vectors."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import few_labels
from benchmarks.few_labels import COLUMNS, FEATURES, PRETRAINED, WAYS, Part, Task, averaged, best_ways, gained, page
from data.errors import MotionwardError
from models.training.corpus import Trial

SHAPE = 3
"""Columns of the encoder; two features follow."""


def walk(person: str, seed: int, told_by: int) -> Trial:
    """Forty half seconds, a third of them marked, which one column tells; the first is not judged."""
    draw = np.random.default_rng(seed)
    marked = draw.random(40) < 0.33
    vectors = draw.normal(size=(40, 5))
    vectors[:, told_by] += 6.0 * marked
    judged = np.arange(40) > 0
    return Trial(
        person, "tdcsfog", f"{person}{seed}", "", vectors.astype(np.float16), marked.astype(np.float32), judged, ()
    )


def people_of(count: int, told_by: int) -> list[Trial]:
    return [walk(f"p{i}", 10 * i + n, told_by) for i in range(count) for n in range(2)]


def test_the_mean_over_neighbours_stops_at_the_ends_of_a_trial() -> None:
    values = np.random.default_rng(1).normal(size=(23, 2))
    trial = np.repeat([0, 1, 2], [9, 3, 11])
    found = averaged(values, trial)
    for i in range(23):
        near = [j for j in range(23) if abs(j - i) <= few_labels.WIDE // 2 and trial[j] == trial[i]]
        np.testing.assert_allclose(found[i], values[near].mean(axis=0))


def test_features_and_vectors_have_as_many_ways_and_features_read_no_vectors() -> None:
    assert len(WAYS[False]) == len(set(WAYS[False])) == len(WAYS[True]) == len(set(WAYS[True]))
    assert not any("vectors" in name or "both" in name for way in WAYS[False] for name in way)
    givers, asked = Part.of(people_of(4, told_by=0)), Part.of([walk("q", 99, told_by=0)])
    task = Task.of(givers, asked, SHAPE)
    rows = task.drawn(20, np.random.default_rng(2))
    assert task.marked[rows].tolist() == [False] * 20 + [True] * 20
    # What tells freezing is a column of the encoder: whoever reads the features alone knows nothing.
    for way, said in task.said(rows, [*WAYS[False], *WAYS[True]]).items():
        pooled, macro = asked.figures(said)
        assert pooled == pytest.approx(macro)
        if way in WAYS[False]:
            assert pooled < 0.75, way
        elif not way[0].startswith("trees"):
            assert pooled > 0.9, way


def test_the_discriminant_is_fishers_with_the_covariance_of_all_half_seconds() -> None:
    givers, asked = Part.of(people_of(5, told_by=4)), Part.of([walk("q", 99, told_by=4)])
    task = Task.of(givers, asked, SHAPE)
    rows = task.drawn(10, np.random.default_rng(2))
    (said,) = task.said(rows, [("discriminant 0.3",)]).values()
    x = givers.wide[givers.judged][:, SHAPE:]
    mean, sd = x.mean(axis=0), x.std(axis=0)
    x, y = (x - mean) / sd, givers.marked[givers.judged]
    covariance = 0.7 * np.cov(x.T) + 0.3 * np.eye(2)
    along = np.linalg.solve(covariance, x[rows][y[rows]].mean(axis=0) - x[rows][~y[rows]].mean(axis=0))
    wanted = (asked.wide[:, SHAPE:] - mean) / sd @ along
    np.testing.assert_allclose(said, (wanted - wanted.mean()) / wanted.std(), atol=1e-4)


def test_the_way_is_chosen_among_those_who_give_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("INNER", 4), ("SPLITS", 1), ("DRAWS_INNER", 2), ("SHOTS", (10,))):
        monkeypatch.setattr(few_labels, name, value)
    asked: list[set[str]] = []
    real = Task.of

    def of(givers: Part, others: Part, shape: int) -> Task:
        asked.append(set(givers.person) | set(others.person))
        return real(givers, others, shape)

    monkeypatch.setattr(Task, "of", staticmethod(of))
    givers = [f"p{i}" for i in range(6)]
    found = best_ways(people_of(9, told_by=3), givers, SHAPE, beside=False)
    assert set(found) == {10}
    assert asked == [set(givers)]


def test_who_gives_labels_is_not_judged() -> None:
    part = Part.of(people_of(2, told_by=0))
    with pytest.raises(MotionwardError, match="p0, p1"):
        Task.of(part, part, SHAPE)


def test_the_gain_of_knowing_everything_is_that_of_knowing_nothing_to_one() -> None:
    part = Part.of(people_of(4, told_by=0))
    nothing, everything = np.zeros((2, len(part.marked))), np.tile(part.marked, (2, 1)).astype(float)
    assert gained(part, nothing, everything) == (0.5, 0.5)
    chance = np.random.default_rng(0).normal(size=(40, len(part.marked)))
    low, high = gained(part, np.zeros_like(chance), chance)
    assert -0.1 < low < high < 0.1


def test_the_page_tells_figures_the_ways_and_the_intervals() -> None:
    way = {"way": ["trees", "discriminant 0.3"], "figures": dict.fromkeys(COLUMNS, 0.71)}
    rows: list[dict] = [{"k": 10, "row": row, "chosen": way, "best seen": way} for row in (FEATURES, PRETRAINED)]
    rows[1]["gains"] = {"chosen": [-0.012, 0.051], "best seen": [-0.02, 0.04]}
    text = page({"rows": rows})
    assert "| features alone | chosen | .710 | .710 | .710 | .710 | trees, discriminant 0.3 |" in text
    assert "chosen, against the features alone, best seen: -.020 to +.040 at home" in text
