"""What the page says of a change of what judges a patient: that it is done, or why it is not."""

from __future__ import annotations

from typing import cast

import pytest

from clinic.pages import versions
from clinic.pages.edits import Open
from data.errors import MotionwardError


@pytest.mark.parametrize(("problem", "said"), [("", "Changed."), ("That is so already.", "That is so already.")])
def test_a_change_that_is_refused_says_why_and_not_that_it_is_done(
    monkeypatch: pytest.MonkeyPatch, problem: str, said: str
) -> None:
    answers: list[str] = []
    monkeypatch.setattr(versions, "tell", lambda _what, words: answers.append(words))
    with versions._answered(cast("Open", None), "Changed."):
        if problem:
            raise MotionwardError(problem)
    assert answers == [said]
