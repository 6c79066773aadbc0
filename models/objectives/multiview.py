"""Two sensors saw the same movement: contrastive multiview coding, and knowledge mined in one view for the other.

CMC (Tian et al., ECCV 2020) pulls the two embeddings of a clip together. CMC-CMKM (Brinzea et al., IJCNN 2022)
adds, as positives, the clips that a frozen encoder of the *other* modality holds for alike, and terms within a
modality. Its public code forgets the temperature within a modality; here both temperatures are said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Mining:
    """How mined positives enter.

    Parameters
    ----------
    across, within
        Temperatures between the modalities and inside one.
    negatives
        Weight of the negatives inside a modality.
    positives
        ``in_log``: one sum inside the logarithm, where the easiest positive rules, as published; ``out_log``: the
        mean of the logarithms, as in supervised contrastive learning.
    """

    across: float = 0.1
    within: float = 0.1
    negatives: float = 1.0
    positives: Literal["in_log", "out_log"] = "in_log"


def cmc(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Contrastive multiview coding: both directions, negatives from the other modality alone.

    Parameters
    ----------
    first, second
        ``(B, D)`` projections of the two views of ``B`` clips.
    """
    logits = functional.normalize(first.float(), dim=1) @ functional.normalize(second.float(), dim=1).T / temperature
    own = torch.arange(len(logits), device=logits.device)
    return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2


def nearest(vectors: Tensor, person: Tensor, count: int) -> Tensor:
    """``(B, B)`` bool: the ``count`` clips of *other people* most like each; fewer where there are no more.

    Parameters
    ----------
    vectors
        ``(B, D)`` of clean clips from a frozen encoder.
    person
        ``(B,)`` integers.
    """
    z = functional.normalize(vectors.float(), dim=1)
    similar = (z @ z.T).masked_fill(person[:, None] == person[None, :], float("-inf"))
    best = similar.topk(min(count, len(z)), dim=1)
    found = torch.zeros_like(similar, dtype=torch.bool)
    found.scatter_(1, best.indices, best.values > float("-inf"))
    return found


def cmkm(first: Tensor, second: Tensor, alike: tuple[Tensor, Tensor], settings: Mining) -> Tensor:
    """CMC with cross-modal knowledge mining, both directions.

    Parameters
    ----------
    first, second
        ``(B, D)`` projections.
    alike
        Of each modality, ``(B, B)`` bool from :func:`nearest`, no clip like itself. What is alike in the other
        modality is a positive across, what is alike in the own one a positive within.
    """
    a, b = functional.normalize(first.float(), dim=1), functional.normalize(second.float(), dim=1)
    cross = a @ b.T / settings.across
    one = _direction(cross, a @ a.T / settings.within, alike[0], alike[1], settings)
    other = _direction(cross.T, b @ b.T / settings.within, alike[1], alike[0], settings)
    return (one + other) / 2


def _direction(cross: Tensor, inside: Tensor, own: Tensor, mined: Tensor, settings: Mining) -> Tensor:
    """One modality as anchor: ``own`` is alike in it, ``mined`` in the other."""
    diagonal = torch.eye(len(cross), dtype=torch.bool, device=cross.device)
    none = float("-inf")
    logits = torch.cat([cross, inside], dim=1)
    positive = torch.cat([mined | diagonal, own], dim=1)
    weighed = torch.cat([cross, inside + torch.tensor(settings.negatives).log()], dim=1)
    itself = torch.cat([torch.zeros_like(diagonal), diagonal], dim=1)  # a clip within its modality: neither
    against = weighed.masked_fill(positive | itself, none)
    if settings.positives == "in_log":
        together = logits.masked_fill(~positive, none).logsumexp(dim=1)
        return (torch.logaddexp(together, against.logsumexp(dim=1)) - together).mean()
    each = torch.logaddexp(logits, against.logsumexp(dim=1, keepdim=True)) - logits
    return ((each * positive).sum(dim=1) / positive.sum(dim=1)).mean()
