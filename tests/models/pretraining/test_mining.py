"""Blocks hold each person's windows and others', and their distances are those of the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.pretraining import corpus, mining
from models.pretraining.corpus import Corpus
from models.pretraining.windows import Windows
from tests.models.pretraining.tiny import small, tiny


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    return corpus.load_corpus(tmp_path, {"tiny": ["5"]})


def test_candidates_are_the_same_persons_windows_then_other_peoples(seen: Corpus) -> None:
    windows, settings = Windows.of(seen), small("relcon")
    net = mining.fit_distance(seen, windows, settings["distance"], 1)
    blocks = mining.mine(net, seen, windows, settings["mining"], 1)
    each = settings["mining"]["each"]
    for trial, first, candidates, distances in zip(
        blocks.trial, blocks.first, blocks.candidates, blocks.distances, strict=True
    ):
        person = windows.person[trial]
        assert len(set(person[::each])) == settings["mining"]["people"]
        for i, mine in enumerate(candidates):
            assert i not in mine
            assert len(set(mine.tolist())) == len(mine)
            assert (person[mine[: each - 1]] == person[i]).all()
            assert (person[mine[each - 1 :]] != person[i]).all()
        assert (windows.start[trial] + first + 125 <= windows.stop[trial]).all()
        x = mining.acceleration(seen, windows, trial, first, 5)
        with torch.inference_mode():
            one = net.distance(x[2][None], x[int(candidates[2, 3])][None])
        assert float(one) == pytest.approx(float(distances[2, 3]), rel=1e-4)


def test_the_distance_learns_to_rebuild(seen: Corpus) -> None:
    windows = Windows.of(seen)
    told: list[str] = []
    mining.fit_distance(seen, windows, {"steps": 200, "batch": 32, "statistics": "own"}, 1, told.append)
    first, last = (float(line.split(": ")[1].split()[0]) for line in (told[0], told[-1]))
    assert last < first


def test_the_same_seed_gives_the_same_blocks(seen: Corpus) -> None:
    windows, settings = Windows.of(seen), small("relcon-own")
    made = [
        mining.mine(mining.fit_distance(seen, windows, settings["distance"], 3), seen, windows, settings["mining"], 3)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(made[0].distances, made[1].distances)


def test_without_ones_own_all_candidates_are_other_peoples(seen: Corpus) -> None:
    windows, settings = Windows.of(seen), small("relcon-others")
    net = mining.fit_distance(seen, windows, settings["distance"], 1)
    blocks = mining.mine(net, seen, windows, settings["mining"], 1)
    assert blocks.candidates.shape[2] == settings["mining"]["candidates"]
    for trial, candidates in zip(blocks.trial, blocks.candidates, strict=True):
        person = windows.person[trial]
        for i, mine in enumerate(candidates):
            assert len(set(mine.tolist())) == len(mine)
            assert (person[mine] != person[i]).all()


def test_a_recipes_changes_and_attention_are_those_of_its_distance(
    seen: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows, asked = Windows.of(seen), []
    for name, change in mining.CHANGES.items():
        monkeypatch.setitem(mining.CHANGES, name, lambda x, g, n=name, c=change: asked.append(n) or c(x, g))
    nets = {
        name: mining.fit_distance(seen, windows, small(name)["distance"], 1)
        for name in ("relcon", "relcon-eight", "relcon-softmax")
    }
    assert asked == ["rigid"] * 3 + ["paper"] * 3 + ["rigid"] * 3
    same = zip(nets["relcon"].state_dict().values(), nets["relcon-softmax"].state_dict().values(), strict=True)
    assert all(torch.equal(one, other) for one, other in same)  # trained alike: only its use differs
    x = torch.randn(2, 128, 3, generator=torch.Generator().manual_seed(1))
    assert not torch.allclose(*(nets[n].distance(x[:1], x[1:]) for n in ("relcon", "relcon-softmax")))


def test_without_hubs_a_candidate_that_is_near_to_all_is_near_to_none() -> None:
    draw = np.random.default_rng(1)
    candidates = np.stack([draw.permutation([j for j in range(40) if j != i])[:20] for i in range(40)]).astype(np.int16)
    pair = draw.normal(0, 1, (40, 40))
    hub, anchor = draw.normal(0, 3, 40), draw.normal(0, 3, 40)
    rows = np.arange(40)[:, None]
    distances = np.exp(pair[rows, candidates] + hub[candidates] + anchor[:, None]).astype(np.float32)
    found = np.log(mining.without_hubs(candidates, distances)) - anchor[:, None]
    assert np.corrcoef(found.ravel(), hub[candidates].ravel())[0, 1] == pytest.approx(0, abs=0.1)
    assert np.corrcoef(found.ravel(), pair[rows, candidates].ravel())[0, 1] > 0.9
