"""What each alarm budget buys in people whom a detector's networks never saw, for the dial on the page *Timeline*.

``python -m benchmarks.unseen NAME --kept FOLDER`` writes ``unseen.json`` into the folder of a shipped detector. That of
the lower back is made by ``benchmarks.calibration``, from the same networks that judge its other figures; with
``--share`` the share of time with the phenomenon alone is counted anew, which takes marks and no network.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.calibration import HOME, curve
from benchmarks.fewshot import AWAY, NAME
from models.detectors import folder_of, load
from models.detectors.unseen import read_unseen, write_unseen
from models.encoders.folder import load_encoder
from models.training.corpus import trials
from models.training.learn import out_of_fold, share_of
from models.training.recipe import read_recipe
from models.training.validate import RECIPES

WHO = {
    "freezing-of-gait-ankle": ("daphnet-ankle", "oday-ankles"),
    "rest-tremor-hand": ("rest-tremor-hand",),
    "fall-waist": ("sisfall-waist", "umafall-waist"),
}
"""Detectors, and where those are from who have the phenomenon or may have it; the others only train."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unseen")
    parser.add_argument("name", choices=(*WHO, NAME))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--kept", type=Path, required=True, help="folder for vectors")
    parser.add_argument("--share", action="store_true", help="the share of time alone")
    given = parser.parse_args()
    plan = read_recipe(RECIPES / f"{given.name}.toml")
    encoder, detector = load_encoder(plan.encoder), load(given.name)
    items = tuple(t for s in plan.sites for t in trials(given.data, s, encoder, given.kept, plan.phenomenon))
    who = WHO.get(given.name, (HOME, *AWAY))
    if given.share:
        known = read_unseen(folder_of(given.name), detector.version)
        if known is None:
            parser.error(f"{given.name} has no curve yet: leave --share away.")
        share = share_of([t for t in items if t.site in who])
        unseen = replace(known, share=round(share, 4))
    elif given.name == NAME:
        parser.error("the lower back's curve is made by benchmarks.calibration.")
    else:
        unseen = curve(out_of_fold(items, {}, plan).where(lambda t: t.site in who), detector)
    write_unseen(unseen, folder_of(given.name))
    sys.stdout.write(json.dumps(asdict(unseen), indent=1) + "\n")


if __name__ == "__main__":
    main()
