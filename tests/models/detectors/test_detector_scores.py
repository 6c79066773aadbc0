import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import MotionwardError
from data.grid import HOP_US, half_seconds
from data.intervals import Interval, intersect, union
from data.recording import Placement
from models.calibration import Known
from models.detectors import detector as module
from models.detectors import unjudged
from models.detectors.context import ContextNet, Ensemble
from models.detectors.correction import cut
from models.scores import Certainty, Scores

_spec = importlib.util.spec_from_file_location("made_detectors", Path(__file__).with_name("made.py"))
assert _spec is not None
assert _spec.loader is not None
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)


def test_an_output_reads_the_reach_and_nothing_beyond() -> None:
    net = ContextNet(3, 8, (1, 2, 4)).eval()
    x = torch.zeros(1, 31, 4, requires_grad=True)
    net(x)[0, 8].backward()
    assert x.grad is not None
    touched = x.grad[0].abs().sum(1).nonzero()[:, 0]
    assert (int(touched.min()), int(touched.max())) == (8, 22)  # output 8 is input 15, seven to either side


@pytest.mark.parametrize(("width", "dilations"), [(8, (1, 2, 4)), (32, (1, 2, 4, 8, 16)), (12, (3,))])
def test_an_ensemble_says_what_its_members_say_alone(width: int, dilations: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    nets = [ContextNet(5, width, dilations).eval() for _ in range(3)]
    for p in (p for net in nets for p in net.parameters()):
        p.data += 0.2 * torch.randn_like(p)  # norms have weights of their own, and nothing is centred by chance
    x = torch.randn(40 + 2 * sum(dilations), 6)
    with torch.inference_mode():
        alone = torch.stack([net(x[None])[0] for net in nets])
        states = [{k: v.numpy() for k, v in net.state_dict().items()} for net in nets]
        together = Ensemble(states, width, dilations)(x)
    torch.testing.assert_close(together, alone, atol=2e-5, rtol=1e-5)


def test_chunks_give_the_same_as_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = made.vectors_of(made.stream((0, 60), (70, 33.3)))
    whole = made.detector().score(embeddings, ())
    monkeypatch.setattr(module, "CHUNK_CELLS", 17)
    pieces = made.detector().score(embeddings, ())
    np.testing.assert_allclose(pieces.probability, whole.probability, atol=1e-5)
    np.testing.assert_allclose(pieces.lower, whole.lower, atol=1e-5)
    np.testing.assert_array_equal(pieces.valid, whole.valid)
    assert whole.probability.std() > 0.05


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0.05, 8.0), st.floats(0.3, 40.0)), min_size=1, max_size=5),
    st.integers(0, 2**31),
)
def test_cutting_at_a_gap_changes_nothing(gaps_and_lengths: list[tuple[float, float]], seed: int) -> None:
    at, pieces = 0.0, []
    for gap, length in gaps_and_lengths:
        pieces.append((round(at + gap, 2), round(length, 2)))
        at = pieces[-1][0] + pieces[-1][1]
    whole = made.stream(*pieces)
    finder = made.detector(0.4)
    scores = finder.score(made.vectors_of(whole, seed), ())
    episodes = finder.episodes(scores, union(whole.recorded), Placement.LOWER_BACK)
    parts, probabilities = [], []
    for segment in whole.segments:
        part = replace(whole, segments=(segment,))
        alone = finder.score(made.vectors_of(part, seed), ())
        probabilities.append(alone.probability)
        parts += finder.episodes(alone, part.recorded, Placement.LOWER_BACK)
    np.testing.assert_array_equal(scores.probability, np.concatenate(probabilities))
    assert episodes == tuple(parts)
    assert all(any(intersect([e.interval], [r]) == (e.interval,) for r in whole.recorded) for e in episodes)


def test_an_unusable_stretch_is_not_judged_not_read_and_named() -> None:
    embeddings = made.vectors_of(made.stream((0, 60)))
    span = Interval(10_200_000, 12_100_000)
    scores = made.detector().score(embeddings, ((span, "saturated"),))
    np.testing.assert_array_equal(np.flatnonzero(~scores.valid), [20, 21, 22, 23, 24])
    assert scores.reasons == ((Interval(10_000_000, 12_500_000), "saturated"),)
    other = replace(embeddings, vectors=embeddings.vectors.copy())
    other.vectors[20:25] = 99.0
    np.testing.assert_array_equal(made.detector().score(other, ((span, "saturated"),)).probability, scores.probability)


def test_half_seconds_without_gravity_are_not_judged() -> None:
    embeddings = made.vectors_of(made.stream((0, 30)))
    valid = embeddings.valid.copy()
    valid[7] = False
    scores = made.detector().score(replace(embeddings, valid=valid), ())
    assert np.flatnonzero(~scores.valid).tolist() == [7]
    assert scores.reasons == ((Interval(7 * HOP_US, 8 * HOP_US), module.NO_GRAVITY),)


def test_what_the_detector_never_saw_is_not_judged_and_the_edge_has_no_support() -> None:
    embeddings = made.vectors_of(made.stream((0, 30)))
    vectors = np.zeros_like(embeddings.vectors)
    vectors[10, 0], vectors[20, 0] = 3.0, 5.0
    known = Known(np.zeros(6, np.float32), np.eye(6, dtype=np.float32), 1.0, 2.0)  # 3/sqrt(6) = 1.2, 5/sqrt(6) = 2.04
    scores = replace(made.detector(), known=known).score(replace(embeddings, vectors=vectors), ())
    assert np.flatnonzero(~scores.valid).tolist() == [20]
    assert scores.reasons[0][1] == module.UNKNOWN
    assert (scores.lower[10], scores.upper[10]) == (0.0, 1.0)
    assert scores.lower[11] > 0


def test_vectors_of_another_encoder_are_refused() -> None:
    embeddings = replace(made.vectors_of(made.stream((0, 10))), encoder="other")
    with pytest.raises(MotionwardError, match="other"):
        made.detector().score(embeddings, ())


def test_no_half_second_no_score() -> None:
    scores = made.detector().score(made.vectors_of(made.stream((0, 0.4))), ())
    assert len(scores.probability) == 0
    assert made.detector().episodes(scores, (), Placement.TRUNK) == ()


def test_a_bridge_leads_over_what_could_not_be_judged_but_over_no_gap() -> None:
    worn = made.stream((0, 5), (5.3, 5))
    grid = half_seconds(worn)
    assert [(r.start, r.stop) for r in grid.runs] == [(0, 10), (10, 20)]
    valid = np.ones(20, dtype=bool)
    valid[[4, 9, 10]] = False  # in the midst of the first piece, and on both sides of the gap
    p = np.where(valid, 0.9, 0.0).astype(np.float32)
    scores = Scores(worn.name, "fall", grid, p, p, p, valid, ())
    finder = made.detector(bridge_us=2_000_000, min_duration_us=500_000)
    found = finder.episodes(scores, union(worn.recorded), Placement.LOWER_BACK)
    assert [(e.interval.start / 1e6, e.interval.end / 1e6) for e in found] == [(0.0, 4.5), (5.8, 10.3)]
    assert found[0].mean == pytest.approx(0.9)  # of what was judged


def test_no_episode_crosses_the_border_of_wear() -> None:
    finder = made.detector(1e-9)  # everything opens
    worn = made.stream((0, 60))
    scores = finder.score(made.vectors_of(worn), ())
    parts = (Interval(0, 20_250_000), Interval(20_300_000, 60_000_000))
    found = finder.episodes(scores, parts, Placement.LOWER_BACK)
    assert [e.interval for e in found] == [Interval(0, 20_000_000), Interval(20_500_000, 60_000_000)]


def test_an_episode_without_support_of_the_band_is_unsure() -> None:
    finder = made.detector(0.5)
    scores = finder.score(made.vectors_of(made.stream((0, 120)), 4), ())
    sure = finder.episodes(scores, (Interval(0, 120_000_000),), Placement.TRUNK)
    assert sure
    shaken = replace(scores, lower=np.zeros_like(scores.lower))
    unsure = finder.episodes(shaken, (Interval(0, 120_000_000),), Placement.TRUNK)
    assert [e.interval for e in unsure] == [e.interval for e in sure]
    assert {e.certainty for e in unsure} == {Certainty.UNSURE}
    assert Certainty.SURE in {e.certainty for e in sure}
    assert {e.placement for e in sure} == {Placement.TRUNK}


def test_what_cannot_be_judged_is_refused_in_words() -> None:
    finder = made.detector()
    assert finder.refuses(made.stream((0, 10))) is None
    assert "12.5 samples" in str(finder.refuses(made.stream((0, 10), rate=12.5)))
    two = made.stream((0, 10), channels=("acc_x", "acc_y"))
    assert finder.refuses(two) == "1 of 3 axes of acceleration is missing"
    turning = made.stream((0, 10), channels=("gyro_x", "gyro_y", "gyro_z"))
    assert finder.refuses(turning) == "no acceleration was recorded"


def test_the_dial_moves_the_threshold_alone() -> None:
    finder = made.detector()
    assert finder.at_false_alarms(None) is finder
    assert finder.at_false_alarms(8.0).threshold == 0.5
    assert finder.at_false_alarms(7.9).threshold == 0.8
    assert finder.at_false_alarms(100.0).threshold == 0.2
    assert finder.at_false_alarms(0.1).threshold == 0.8  # no threshold reaches it: the highest
    assert finder.at_false_alarms(8.0).version == finder.version
    with pytest.raises(ValueError, match="positive"):
        finder.at_false_alarms(0.0)


def test_unjudged_covers_the_stream_with_its_reason() -> None:
    worn = made.stream((0, 10), (20, 5))
    scores = unjudged(worn, "freezing of gait", half_seconds(worn), "too slow")
    assert len(scores.valid) == 30
    assert not scores.valid.any()
    assert scores.reasons == ((worn.interval, "too slow"),)


def test_odd_half_seconds_are_cut_before_examples_speak() -> None:
    np.testing.assert_array_equal(cut(np.array([[-9.0, 0.5, 400.0]])), [[-4.0, 0.5, 4.0]])
