"""Pieces worked on by several threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from models.workers import in_order, one_thread


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_results_come_in_order_and_torch_gets_its_threads_back() -> None:
    assert list(in_order(lambda i: i * i, range(20))) == [i * i for i in range(20)]
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_a_worker_has_one_thread_from_its_first_piece_on() -> None:
    def most(_: int) -> int:
        # Other libraries that the tests have loaded bring OpenMP pools of their own.
        return max(pool["num_threads"] for pool in threadpool_info() if "torch" in Path(pool["filepath"]).parts)

    assert set(in_order(most, range(4))) == {1}


def test_small_fits_have_one_thread_and_the_others_come_back() -> None:
    def of_numpy() -> int:
        return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")

    before = of_numpy()

    @one_thread()
    def fit() -> int:
        return of_numpy()

    with threadpool_limits(2, user_api="blas"):
        assert (fit(), of_numpy()) == (1, 2)
    assert of_numpy() == before
