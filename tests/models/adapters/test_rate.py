from dataclasses import replace

import numpy as np
import pytest

from models.adapters.rate import rate_shift
from models.adapters.support import Example
from models.detectors.correction import Correction
from tests.models.adapters import taught

NOTHING = Correction(np.zeros(5), np.zeros((5, 5)))


def wholly(episodes: int, others: int, odds: float) -> list[Example]:
    """Every half second has the same log-odds: the share alone says what they should be."""
    return [replace(e, log_odds=np.full(8, odds), is_unselected=True) for e in taught.support(episodes, others)]


def test_marks_of_somebodys_choice_teach_no_share() -> None:
    chosen = [replace(e, is_unselected=False) for e in wholly(10, 10, -3.0)]
    assert rate_shift(chosen, NOTHING, taught.PRIOR) == 0.0


@pytest.mark.parametrize(("episodes", "others", "sign"), [(20, 20, 1), (4, 200, -1)])
def test_a_wholly_marked_stretch_moves_the_share_towards_its_own(episodes: int, others: int, sign: int) -> None:
    odds = -3.0 if sign > 0 else 0.0
    shift = rate_shift(wholly(episodes, others, odds), NOTHING, taught.PRIOR)
    own = np.log(episodes / others) - odds
    assert 0 < sign * shift < sign * own  # held back by other patients


def test_a_share_that_is_right_already_or_rests_on_two_episodes_stays() -> None:
    assert rate_shift(wholly(10, 10, 0.0), NOTHING, taught.PRIOR) == pytest.approx(0.0, abs=0.05)
    assert rate_shift(wholly(2, 40, 3.0), NOTHING, taught.PRIOR) == 0.0


def test_what_examples_add_counts_before_the_share() -> None:
    raised = NOTHING.raised(3.0)
    assert rate_shift(wholly(20, 20, -3.0), raised, taught.PRIOR) == 0.0
