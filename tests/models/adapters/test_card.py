"""What a taught detector's card says of its unsure bands."""

from __future__ import annotations

from models.adapters.card import _band
from models.conformal import Unit, UnsureBand


def test_a_band_between_two_probabilities_names_both_and_one_of_no_width_says_that_none_is_needed() -> None:
    wide = _band(UnsureBand(-2.0, 0.0, 0.8, Unit.PEOPLE, 9, 9), "turning")
    assert wide.startswith("- Unsure between 0.12 and 0.50: of the half seconds with turning 80 % or more lie at 0.12")
    none = _band(UnsureBand(-2.0, -2.0, 0.8, Unit.EPISODES, 9, 9), "turning")
    assert none == (
        "- Nothing has to be unsure: of the half seconds with turning 80 % or more lie at 0.12 or above, of those "
        "without as many below it, in the mean over new stretches of the same patient."
    )
