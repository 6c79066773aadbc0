"""The context models of a detector as arrays: vectors in, log-odds out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Rows(Protocol):
    """Vectors that can be read slice by slice."""

    def __getitem__(self, rows: slice, /) -> NDArray[np.floating]:
        """``(k, dim)`` of the rows asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The context models of an ensemble, as arrays; equal only to itself.

    Parameters
    ----------
    columns
        Which columns of a vector they read.
    mean, sd
        ``(len(columns),)`` that standardise them.
    clip
        Standardised values beyond this are cut.
    members
        Weights of each network by name; none where all that is known was taught by examples.
    """

    columns: NDArray[np.int64]
    mean: NDArray[np.float32]
    sd: NDArray[np.float32]
    clip: float
    width: int
    dilations: tuple[int, ...]
    members: tuple[dict[str, NDArray[np.float32]], ...]

    @property
    def reach(self) -> int:
        """Half seconds to either side that a probability depends on."""
        return sum(self.dilations)

    def standardised(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """``(n, len(columns))`` float32, the columns the networks read."""
        picked = np.asarray(np.take(vectors, self.columns, axis=1), dtype=np.float32)
        picked -= self.mean
        picked /= self.sd
        return np.clip(picked, -self.clip, self.clip, out=picked)

    def log_odds(
        self, vectors: Rows, readable: NDArray[np.bool_], here: slice
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and standard deviation over the ensemble of the half seconds ``here`` of one unbroken run.

        Parameters
        ----------
        vectors
            ``(n, dim)`` of the run; only what is needed is read.
        readable
            ``(n,)`` bool: half seconds that may be read at all.
        """
        return self.read(vectors, readable, here)[:2]

    def read(
        self, vectors: Rows, readable: NDArray[np.bool_], here: slice
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """As :meth:`log_odds`, and the standardised vectors ``(k, len(columns))`` of the half seconds ``here``."""
        if not self.members:  # a phenomenon that was taught here: nothing is known of it but the examples
            nothing = np.zeros(here.stop - here.start, dtype=np.float32)
            return nothing, nothing, self.standardised(widened(vectors[here]))
        import torch  # noqa: PLC0415  torch is loaded when something is to be scored, not before

        low, high = max(0, here.start - self.reach), min(len(readable), here.stop + self.reach)
        x = self.standardised(widened(vectors[slice(low, high)]))
        use = readable[low:high]
        padded = np.zeros((here.stop - here.start + 2 * self.reach, x.shape[1] + 1), dtype=np.float32)
        at = low - (here.start - self.reach)
        padded[at : at + len(x), :-1] = x if use.all() else np.where(use[:, None], x, np.float32(0.0))
        padded[at : at + len(x), -1] = use
        with torch.inference_mode():
            each = _ready(self)(torch.from_numpy(padded)).numpy()
        return each.mean(axis=0), each.std(axis=0), x[here.start - low : here.stop - low]


def widened(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Vectors of float16 as float32: torch makes them fifteen times as fast as numpy."""
    import torch  # noqa: PLC0415  torch is loaded when something is to be scored, not before

    return np.asarray(torch.from_numpy(np.array(vectors)).float().numpy())


@lru_cache(maxsize=8)
def _ready(network: Network) -> Any:
    """The ensemble, ready to run; Any: its type would import torch."""
    from models.detectors.context import Ensemble  # noqa: PLC0415  torch is loaded when something is to be scored

    return Ensemble(network.members, network.width, network.dilations)
