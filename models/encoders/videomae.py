"""A pretrained video tower: VideoMAE (Tong et al., NeurIPS 2022) through ``transformers``, an extra.

Its weights are read from a folder that the user downloaded; nothing is fetched here. On a processor one pass over a
few hundred clips of the base model takes half an hour: its vectors are then better computed once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from data.errors import MotionwardError

INSTALL = "pip install 'motionward[videomae]'"
MEAN, SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Colours that the published weights were trained with."""


class VideoMae(nn.Module):
    """``(B, F, H, W)`` grey or depth, 0 to 1, to the mean over tokens, ``(B, width)``.

    Parameters
    ----------
    model
        A ``transformers.VideoMAEModel``.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, model: Any) -> None:  # Any: transformers is an extra
        super().__init__()
        self.model = model
        self.width = int(model.config.hidden_size)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 1, 3, 1, 1))
        self.register_buffer("sd", torch.tensor(SD).view(1, 1, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Frames spread evenly over the clip, enlarged to the model's size; the one channel stands for three."""
        config = self.model.config
        at = torch.linspace(0, x.shape[1] - 1, config.num_frames).round().long()
        large = functional.interpolate(x[:, at].float(), size=(config.image_size,) * 2, mode="bilinear")
        out: Tensor = self.model((large[:, :, None] - self.mean) / self.sd).last_hidden_state.mean(dim=1)
        return out


def load_videomae(folder: Path) -> VideoMae:
    """The model of a folder with ``config.json`` and ``model.safetensors``.

    Raises
    ------
    MotionwardError
        If transformers is not installed, or the folder holds no such model.
    """
    try:
        from transformers import VideoMAEModel  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise MotionwardError(f"VideoMAE needs transformers, which is not installed: {INSTALL}") from error
    try:
        model = VideoMAEModel.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, KeyError) as error:
        raise MotionwardError(
            f"{folder} holds no VideoMAE model (config.json and model.safetensors): download one and name its folder."
        ) from error
    return VideoMae(model)
