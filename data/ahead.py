"""What is made piece by piece, made a little ahead by another thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")


def ahead(pieces: Iterable[Piece], count: int = 2) -> Iterator[Piece]:
    """The same pieces, the next few being read, unpacked or simulated while one is worked on.

    One thread makes them, one after the other: what makes them need not be safe among threads, as long as nothing else
    uses it meanwhile. What is raised there is raised here.

    Parameters
    ----------
    count
        Pieces held at once beside the one that is worked on.
    """
    source = iter(pieces)
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = deque(pool.submit(next, source, end) for _ in range(count))
        while (piece := coming.popleft().result()) is not end:
            coming.append(pool.submit(next, source, end))
            yield piece  # type: ignore[misc]  # not the end
