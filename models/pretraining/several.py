"""One batch over several processes (``torchrun``): the same losses and weights as of one, up to rounding.

Every process draws the same batch, encodes a part of it and gathers everybody's vectors, so that contrastive losses
see the whole batch. Gathering sums the gradients of all processes' equal losses, and torch's DDP takes their mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather
from torch.nn.parallel import DistributedDataParallel

from models.encoders.imu import ShapeNet

FORMATS = ("fp32", "bf16")


def device() -> torch.device:
    """The graphics card of this process where there is one, else the processor."""
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else _CPU


_CPU = torch.device("cpu")


def join() -> None:
    """Become one of several processes when ``torchrun`` started this one."""
    if "WORLD_SIZE" in os.environ and int(os.environ["WORLD_SIZE"]) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def is_first() -> bool:
    """Whether this is the process that writes files and talks."""
    return not dist.is_initialized() or dist.get_rank() == 0


def wait() -> None:
    """Until all processes are here."""
    if dist.is_initialized():
        dist.barrier()


@contextmanager
def first_goes_first() -> Iterator[None]:
    """The first process does what is inside, then the others."""
    if not is_first():
        wait()
    yield
    if is_first():
        wait()


class Shared(nn.Module):
    """The network on this process's device, over batches that all processes share.

    Parameters
    ----------
    number_format
        ``fp32``, or ``bf16`` for the network alone; what it gives is fp32 either way.

    Raises
    ------
    ValueError
        If the number format is unknown.
    """

    def __init__(self, net: ShapeNet, number_format: str = "fp32") -> None:
        super().__init__()
        if number_format not in FORMATS:
            raise ValueError(f"unknown number format {number_format!r}; there are {', '.join(FORMATS)}")
        self.is_half = number_format == "bf16"
        self.place = device()
        net.to(self.place)
        self.net: nn.Module = DistributedDataParallel(net) if dist.is_initialized() else net

    def forward(self, x: Tensor) -> Tensor:
        """``(B, 25 N + 201, 8)`` on any device to ``(B, N, C)`` float32 on the process's own."""
        if not dist.is_initialized():
            return self._encoded(x)
        each = -(-len(x) // dist.get_world_size())
        # The last rows once more, that all parts be equally long.
        padded = torch.cat([x, x[-1:].expand(each * dist.get_world_size() - len(x), *x.shape[1:])])
        mine = padded[dist.get_rank() * each : (dist.get_rank() + 1) * each]
        return torch.cat(all_gather(self._encoded(mine)))[: len(x)]  # type: ignore[no-untyped-call]  # torch lacks its types

    def _encoded(self, x: Tensor) -> Tensor:
        with torch.autocast(self.place.type, torch.bfloat16, enabled=self.is_half):
            out: Tensor = self.net(x.to(self.place))
        return out.float()
