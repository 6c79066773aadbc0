"""A pretrained video tower is read from a folder, and from nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from transformers import VideoMAEConfig, VideoMAEModel

from data.errors import MotionwardError
from models.encoders.videomae import load_videomae

SMALL = {
    "image_size": 32, "patch_size": 16, "num_frames": 4, "tubelet_size": 2, "hidden_size": 16,
    "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    VideoMAEModel(VideoMAEConfig(**SMALL)).save_pretrained(str(tmp_path))
    return tmp_path


def test_a_clip_of_depth_becomes_the_mean_of_the_tokens(folder: Path) -> None:
    tower = load_videomae(folder).eval()
    clips = torch.rand(2, 16, 64, 64)
    with torch.inference_mode():
        found = tower(clips)
        frames = torch.nn.functional.interpolate(clips[:, [0, 5, 10, 15]], size=(32, 32), mode="bilinear")
        colours = frames[:, :, None].expand(-1, -1, 3, -1, -1)
        mean, sd = (torch.tensor(v).view(1, 1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        tokens = tower.model((colours - mean) / sd).last_hidden_state
    assert found.shape == (2, tower.width) == (2, 16)
    torch.testing.assert_close(found, tokens.mean(dim=1))
    assert (found[0] - found[1]).abs().max() > 1e-4


def test_it_can_be_trained(folder: Path) -> None:
    tower = load_videomae(folder)
    tower(torch.rand(1, 16, 64, 64)).sum().backward()
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in tower.parameters())


def test_a_folder_without_a_model_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MotionwardError, match="holds no VideoMAE model"):
        load_videomae(tmp_path / "nowhere")


def test_without_the_library_the_line_that_installs_it_is_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MotionwardError, match=r"motionward\[videomae\]"):
        load_videomae(folder)
