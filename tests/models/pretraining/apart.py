"""Trains a small recipe on the tiny set as its own program: ``apart.py NAME OUT``; for tests with torchrun."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from models.pretraining import corpus, train
from tests.models.pretraining.tiny import small, tiny

if __name__ == "__main__":
    corpus.LOADERS = {"tiny": tiny}
    settings = small(sys.argv[1], steps=8)
    settings["training"] |= json.loads(sys.argv[3])
    train.read_recipe = lambda _: settings
    train.pretrain(Path("tiny.toml"), Path(sys.argv[2]), Path("tiny"))
