"""``python -m models.pretraining simclr.toml --data FOLDER --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from models.pretraining.train import pretrain


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m models.pretraining")
    parser.add_argument("recipe", type=Path, help="a TOML file, or the name of one of the recipes that ship")
    parser.add_argument("--data", type=Path, required=True, help="folder of the packed research sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the encoder")
    given = parser.parse_args()
    pretrain(given.recipe, given.out, given.data, lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201  a command's progress


if __name__ == "__main__":
    main()
