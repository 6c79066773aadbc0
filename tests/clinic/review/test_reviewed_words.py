"""What was looked at is said with every rate, and flags are not called episodes before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.review.reviewed_rate import NOT_SEEN, Estimate, Looked, Reviewed
from clinic.review.reviewed_words import detector_words, rate_words
from clinic.timeline.clock import HOUR_US

DONE = Reviewed(
    flags=Looked(24, 37, 19),
    unsure=Looked(0, 0, 0),
    clear=Looked(16, 812, 1),
    covered_us=8 * HOUR_US,
    rate=Estimate(1.93, 1.21, 2.84),
    precision=Estimate(0.792, 0.61, 0.905),
    sensitivity=Estimate(0.85, 0.35, 1.0),
)
NOTHING_YET = replace(
    DONE, flags=Looked(0, 37, 0), clear=Looked(0, 812, 0), rate=None, precision=None, sensitivity=None, why_not=NOT_SEEN
)


def test_before_the_audit_flags_are_counted() -> None:
    assert rate_words(NOTHING_YET) == "37 flags, none looked at yet"
    assert rate_words(replace(NOTHING_YET, flags=Looked(0, 1, 0))) == "1 flag, none looked at yet"
    assert rate_words(replace(NOTHING_YET, flags=Looked(0, 0, 0))) == "No flag, nothing looked at yet"
    assert detector_words(NOTHING_YET) == ""


def test_on_the_way_it_says_how_far_one_is() -> None:
    begun = replace(NOTHING_YET, flags=Looked(3, 37, 2), clear=Looked(1, 812, 0))
    assert rate_words(begun) == (
        "37 flags: not enough looked at to say; 3 of 37 flags and 1 of 812 clear stretches looked at: "
        "1 of 3 flags was wrong, no clear stretch held an episode"
    )


def test_afterwards_episodes_are_given_with_what_was_wrong() -> None:
    assert rate_words(DONE) == (
        "1.9 (1.2 to 2.8) episodes per worn hour, from 24 of 37 flags and 16 of 812 clear stretches looked at; "
        "5 of 24 flags were wrong, 1 clear stretch held an episode"
    )
    assert detector_words(DONE) == (
        "79 % (61 to 90 %) of the flags are right and 85 % (35 to 100 %) of the episodes were flagged."
    )


def test_a_share_of_what_was_all_looked_at_has_no_interval() -> None:
    whole = replace(DONE, flags=Looked(6, 6, 4), precision=Estimate(2 / 3, 2 / 3, 2 / 3))
    assert detector_words(whole).startswith("67 % of the flags are right and 85 % (35 to 100 %)")


@pytest.mark.parametrize(
    ("flags", "unsure", "clear", "said"),
    [
        (Looked(4, 9, 4), (0, 0, 0), (20, 90, 0), "none of 4 flags was wrong, no clear stretch held an episode"),
        (Looked(4, 9, 3), (3, 5, 1), (20, 90, 0),
         "1 of 4 flags was wrong, 1 unsure stretch held an episode, no clear stretch held an episode"),
        (Looked(1, 1, 0), (3, 5, 2), (20, 90, 2),
         "the flag was wrong, 2 unsure stretches held episodes, 2 clear stretches held episodes"),
        (Looked(0, 0, 0), (0, 0, 0), (20, 90, 3), "3 clear stretches held episodes"),
    ],
)  # fmt: skip
def test_what_was_found_is_said_for_each_kind(
    flags: Looked, unsure: tuple[int, int, int], clear: tuple[int, int, int], said: str
) -> None:
    text = rate_words(replace(DONE, flags=flags, unsure=Looked(*unsure), clear=Looked(*clear)))
    assert text.endswith(f" looked at; {said}")


def test_unsure_stretches_are_named_beside_the_others() -> None:
    text = rate_words(replace(DONE, unsure=Looked(3, 5, 0)))
    assert "from 24 of 37 flags, 3 of 5 unsure stretches and 16 of 812 clear stretches looked at" in text
