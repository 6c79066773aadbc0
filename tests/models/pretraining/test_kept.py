"""A run that was killed goes on with the same weights as one that was not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.pretraining import corpus, kept, train
from models.pretraining.corpus import Corpus
from tests.models.pretraining.tiny import small, tiny


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    monkeypatch.setattr(train, "EVERY", 7)  # the last step before the kill is done anew
    return corpus.load_corpus(tmp_path, {"tiny": ["5"]})


class _Killed(BaseException):
    pass


def until(step: int):
    """A progress callback that ends the run as a kill does: between two steps, with nothing tidied up."""

    def tell(line: str) -> None:
        if line.startswith(f"step {step}/"):
            raise _Killed

    return tell


@pytest.mark.parametrize("name", ["simclr", "relcon", "masked", "both"])
def test_killed_and_taken_up_again_gives_the_same_weights(
    name: str, seen: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small(name, steps=60)
    whole, _ = train.fit(seen, settings)
    folder = tmp_path / "kept"
    folder.mkdir()
    with pytest.raises(_Killed):
        train.fit(seen, settings, until(50), folder)
    told: list[str] = []
    again, _ = train.fit(seen, settings, told.append, folder)
    assert any(line.startswith("goes on at step") for line in told)
    for mine, theirs in zip(again.state_dict().values(), whole.state_dict().values(), strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    lines = (folder / "metrics.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["step", *map(str, range(60))]


def test_another_recipe_does_not_go_on_from_it(seen: Corpus, tmp_path: Path) -> None:
    train.fit(seen, small("simclr", steps=20), None, tmp_path)
    told: list[str] = []
    other = small("simclr", steps=20) | {"seed": 5}
    train.fit(seen, other, told.append, tmp_path)
    assert not any(line.startswith("goes on") for line in told)
    assert (tmp_path / "metrics.csv").read_text("utf-8").count("\n") == 21


def test_what_was_mined_is_kept_and_belongs_to_its_recipe(seen: Corpus, tmp_path: Path) -> None:
    settings = small("relcon")
    windows = kept.Windows.of(seen)
    first = kept.mined(seen, windows, settings, None, tmp_path)
    told: list[str] = []
    again = kept.mined(seen, windows, settings, told.append, tmp_path)
    np.testing.assert_array_equal(first.distances, again.distances)
    assert not told
    settings["mining"]["candidates"] = 8
    assert kept.mined(seen, windows, settings, None, tmp_path).distances.shape[2] == 8
