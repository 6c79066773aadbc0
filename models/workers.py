"""How many threads work: several on the pieces of a long recording, one on many small fits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def in_order(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """The results of ``work`` on each piece, in the pieces' order, while a few more are being worked on.

    As many workers as torch may use threads, each with one: what is not torch then keeps all cores as
    busy as torch does, and a piece's numbers do not depend on the number of cores. Pieces are taken here
    alone, one after the other: what makes them need not be safe among threads.
    """
    import torch  # noqa: PLC0415  torch is loaded when there is something to work on, not before
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  it looks at what is loaded

    _keep_memory()
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        # numpy's threads would spin beside ours while they wait, and so would those of a worker's first convolution:
        # a new thread is told anew how many it may use.
        pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))
        with threadpool_limits(1, user_api="blas"), pool:
            waiting: deque[Future[Result]] = deque()
            for piece in pieces:
                waiting.append(pool.submit(work, piece))
                if len(waiting) > count + 1:  # one is ready for whoever is done, whichever of them it is
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        torch.set_num_threads(count)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy's linear algebra use one thread, also as a decorator.

    Fits of some hundred columns are so short that several threads mostly wait for one another, on a busy machine ten
    times as long as the work takes; and the digits of a fit then do not depend on the number of cores.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  it looks at what is loaded

    with threadpool_limits(1, user_api="blas"):
        yield


def _keep_memory() -> None:
    """Let the process keep the memory of an array that is freed, for the next one.

    By default glibc hands arrays of a megabyte back to the system at once, and each new one is then paid for page
    by page: up to a tenth of the time of an analysis. It keeps what is smaller than the largest piece that it has seen
    come back, up to 32 MiB ("dynamic mmap threshold" in mallopt(3)), so one piece of that size, never written to,
    comes and goes here. Other allocators are not moved by it.
    """
    np.empty(2**25 - 2**16, dtype=np.uint8)
