from dataclasses import replace

import numpy as np
import pytest

from models.adapters import rescore
from models.adapters.adapt import adapt
from models.adapters.rescore import rescored
from tests.models.adapters import taught
from tests.models.detectors import made


@pytest.fixture(params=["shipped", "cohort"])
def before(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]  # a detector
    shipped = replace(made.detector(), personal=replace(taught.PRIOR, gain=0.5, gain_sd=0.05))
    if request.param == "shipped":
        return shipped
    return replace(
        adapt(
            shipped,
            [replace(e, directions=np.hstack([e.directions, e.directions[:, :2]])) for e in taught.support(3, 3)],
        ).detector,
        version="cohort",
    )


def test_scores_from_scores_are_those_of_the_whole_way(before, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]  # a detector
    embeddings = made.vectors_of(made.stream((0, 60), (70, 33.3)))
    vectors = embeddings.vectors.copy()
    vectors[5:9, :] = 3.8  # at the edge of what was learned
    vectors[20, :] = 30.0  # outside
    embeddings = replace(embeddings, vectors=vectors)
    examples = [
        replace(e, directions=np.hstack([e.directions, e.directions[:, 2:]])) for e in taught.support(5, 5, away=1.0)
    ]
    after = adapt(before, examples).detector
    monkeypatch.setattr(rescore, "CHUNK_CELLS", 37)
    slow, quick = after.score(embeddings, ()), rescored(after, before, before.score(embeddings, ()), embeddings)
    np.testing.assert_array_equal(slow.valid, quick.valid)
    assert not slow.valid[20]
    assert (slow.lower[5], slow.upper[5]) == (quick.lower[5], quick.upper[5]) == (0.0, 1.0)
    for name in ("probability", "lower", "upper"):
        np.testing.assert_allclose(getattr(quick, name), getattr(slow, name), atol=2e-5)
    assert np.abs(slow.probability - before.score(embeddings, ()).probability).max() > 0.02


def test_another_detectors_scores_are_refused(before) -> None:  # type: ignore[no-untyped-def]  # a detector
    embeddings = made.vectors_of(made.stream((0, 20)))
    with pytest.raises(ValueError, match="did not start from"):
        rescored(before, replace(made.detector(), version="another"), before.score(embeddings, ()), embeddings)
