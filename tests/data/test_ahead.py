"""Pieces made ahead by another thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from data.ahead import ahead


def test_the_same_pieces_in_order_made_by_one_other_thread() -> None:
    made_by: set[int] = set()

    def pieces() -> Iterator[int | None]:
        for i in range(50):
            made_by.add(threading.get_ident())
            yield None if i == 7 else i

    assert list(ahead(pieces())) == [None if i == 7 else i for i in range(50)]
    assert len(made_by) == 1
    assert made_by != {threading.get_ident()}
    assert list(ahead([])) == []


def test_no_more_are_made_than_a_few_ahead() -> None:
    made: list[int] = []
    for i in ahead((made.append(i) or i for i in range(20)), count=3):
        assert len(made) <= i + 5  # one in hand, three ahead, one being made


def test_what_is_raised_there_is_raised_here_after_what_came_before() -> None:
    def pieces() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    given = ahead(pieces())
    assert next(given) == 1
    with pytest.raises(OSError, match="gone"):
        next(given)


def test_one_may_stop_early() -> None:
    source = iter(range(1000))
    for i in ahead(source):
        if i == 3:
            break
    assert next(source) < 10
