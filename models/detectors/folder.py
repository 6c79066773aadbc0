"""A detector as it lies on disk, the unit of exchange between sites: a description, weights and a card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from data.errors import MotionwardError
from data.phenomena import FREEZING
from data.recording import Placement
from models.assets import assets_dir
from models.calibration import Calibration, Known
from models.detectors.correction import Adapted, Correction, Taught
from models.detectors.detector import Detector
from models.detectors.held import held_of, read_lesson
from models.detectors.network import Network
from models.detectors.personal import Personal, Prototypes
from models.detectors.points import points_of
from models.detectors.rules import Rules
from models.detectors.unseen import read_unseen
from models.encoders.folder import Encoder, load_encoder
from models.reliability import DIAGRAM, diagram
from models.weights import written

DESCRIPTION, WEIGHTS, CARD = "detector.json", "model.safetensors", "card.md"
ENCODER = "encoder"
"""Folder inside, of a detector that brings its own encoder; its version stands in the description."""
FORMAT = 1
TAUGHT = 2
"""Format of a detector that learned from examples: whoever knows only the first would leave out what it learned."""
LOW_RANK = 3
"""The same with low-rank matrices, which whoever knows only the second would leave out."""
PERSONAL = "personal.json"
"""What other patients showed about adapting it, where there is that."""


def version_of(folder: Path) -> str:
    """First 12 digits of the hash of the folder's three files, and of a fourth where there is one."""
    digest = hashlib.sha256()
    for name in (DESCRIPTION, WEIGHTS, CARD, *([PERSONAL] if (folder / PERSONAL).is_file() else [])):
        content = (folder / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


def load(name_or_folder: str | Path) -> Detector:
    """A detector shipped under that name, or one in a folder.

    Raises
    ------
    MotionwardError
        If there is none, or its folder is damaged or of another format.
    """
    folder = folder_of(name_or_folder)
    try:
        about: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))  # Any: JSON
        if about["format"] not in (FORMAT, TAUGHT, LOW_RANK):
            raise MotionwardError(
                f"The detector in {folder} is of format {about['format']}; this version reads {FORMAT} to {LOW_RANK}."
            )
        own = folder / ENCODER if (folder / ENCODER).is_dir() else None
        found = _read(about, load_file(folder / WEIGHTS), version_of(folder), own)
        unseen = read_unseen(folder, found.version)
        return replace(
            found,
            personal=_personal(folder),
            lesson=read_lesson(folder, found.version),
            base_rate=about.get("base_rate", unseen.share if unseen else None),
        )
    except FileNotFoundError as error:
        known = ", ".join(sorted(p.name for p in (assets_dir() / "detectors").glob("*/"))) or "none"
        raise MotionwardError(
            f"No whole detector at {name_or_folder} (it takes {DESCRIPTION}, {WEIGHTS} and {CARD}): "
            f"name a folder, or one of {known}."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise MotionwardError(
            f"The detector in {folder} is damaged ({type(error).__name__}: {error}): get its folder anew."
        ) from error


def folder_of(name_or_folder: str | Path) -> Path:
    """Where a detector lies: in the folder named, else among the shipped ones."""
    folder = Path(name_or_folder)
    if (folder / DESCRIPTION).is_file() or not isinstance(name_or_folder, str):
        return folder
    return assets_dir() / "detectors" / name_or_folder


def card_in(folder: Path) -> tuple[str, str, str]:
    """The card of a detector's folder: what stands before its picture, the picture, an SVG, and what follows it.

    Without a picture all of it stands before.

    Raises
    ------
    MotionwardError
        If the card cannot be read.
    """
    try:
        told = (folder / CARD).read_text(encoding="utf-8")
        picture = (folder / DIAGRAM).read_text(encoding="utf-8") if (folder / DIAGRAM).is_file() else ""
    except OSError as error:
        raise MotionwardError(f"The card in {folder} cannot be read ({error}): get its folder anew.") from error
    before, _, after = told.partition("\n![")
    return (before, picture, after.partition("\n")[2]) if picture else (told, "", "")


def encoder_of(detector: Detector) -> Encoder:
    """The encoder whose vectors a detector reads: the one in its own folder, else the program's of that name.

    Raises
    ------
    MotionwardError
        If there is none, or it is damaged.
    """
    return load_encoder(detector.encoder_folder or detector.encoder)


def shipped() -> tuple[Detector, ...]:
    """The detectors that come with the program: those of freezing of gait, what it is for, then the others by name."""
    found = (load(p.parent) for p in (assets_dir() / "detectors").glob(f"*/{DESCRIPTION}"))
    return tuple(sorted(found, key=lambda d: (d.phenomenon != FREEZING, d.name)))


def save(detector: Detector, folder: Path, card: str) -> Detector:
    """Write a detector's folder and read it back, with the version its content has."""
    folder.mkdir(parents=True, exist_ok=True)
    network, known = detector.network, detector.known
    taught = detector.adapted
    about = {
        "format": FORMAT if taught is None else TAUGHT if taught.correction.inward is None else LOW_RANK,
        "name": detector.name,
        "phenomenon": detector.phenomenon,
        "placements": [p.value for p in detector.placements],
        "encoder": {"name": detector.encoder, "version": detector.encoder_version},
        "channels": list(detector.channels),
        "min_rate_hz": detector.min_rate_hz,
        "rules": asdict(detector.rules),
        "calibration": asdict(detector.calibration),
        "points": [asdict(p) for p in detector.points],
        "network": {
            "width": network.width,
            "dilations": list(network.dilations),
            "clip": network.clip,
            "members": len(network.members),
        },
        "known": {"edge": known.edge, "outside": known.outside},
        "parent": detector.parent,
        "measured": detector.measured,
    }
    if taught:
        about["adapted"] = {
            "kind": taught.kind, "why": taught.why, "taught": [_told(t) for t in taught.taught],
            "unmarked": _gathered(taught.unmarked),
        }  # fmt: skip
    if detector.base_rate is not None:
        about["base_rate"] = detector.base_rate
    if detector.held:
        about["held"] = asdict(detector.held)
    if detector.held and detector.held.bins:
        (folder / DIAGRAM).write_text(diagram(detector.held.bins, detector.name), encoding="utf-8")
    if detector.personal:
        (folder / PERSONAL).write_text(json.dumps(asdict(detector.personal), indent=1) + "\n", encoding="utf-8")
    tensors: dict[str, np.ndarray[Any, Any]] = {
        "input.columns": network.columns.astype(np.int64),
        "input.mean": network.mean,
        "input.sd": network.sd,
        "known.mean": known.mean,
        "known.whiten": known.whiten,
    }
    if taught:
        tensors |= {
            "adapted.weights": taught.correction.weights,
            "adapted.covariance": taught.correction.covariance,
            "adapted.directions": taught.directions,
        }
        if taught.correction.inward is not None:
            tensors["adapted.inward"] = taught.correction.inward
    tensors |= {f"{i}.{k}": v for i, member in enumerate(network.members) for k, v in member.items()}
    with written(folder / WEIGHTS):
        save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors lets its owner alone read it; a folder is there to be passed on
    (folder / DESCRIPTION).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")
    return load(folder)


def _read(
    about: dict[str, Any], tensors: dict[str, np.ndarray[Any, Any]], version: str, own_encoder: Path | None
) -> Detector:  # Any: JSON
    shape = about["network"]
    members = tuple(
        {k.split(".", 1)[1]: v for k, v in tensors.items() if k.split(".", 1)[0] == str(i)}
        for i in range(shape["members"])
    )
    network = Network(
        tensors["input.columns"],
        tensors["input.mean"],
        tensors["input.sd"],
        float(shape["clip"]),
        int(shape["width"]),
        tuple(shape["dilations"]),
        members,
    )
    known = Known(tensors["known.mean"], tensors["known.whiten"], **about["known"])
    for array in tensors.values():
        array.setflags(write=False)
    calibration = about["calibration"]
    return Detector(
        about["name"],
        version,
        about["phenomenon"],
        tuple(Placement(p) for p in about["placements"]),
        about["encoder"]["name"],
        about["encoder"]["version"],
        tuple(about["channels"]),
        float(about["min_rate_hz"]),
        Rules(**about["rules"]),
        Calibration(calibration["slope"], calibration["intercept"], tuple(calibration["covariance"])),
        points_of(about["points"]),
        network,
        known,
        own_encoder,
        about["parent"],
        about["measured"],
        adapted=_adapted(about["adapted"], tensors) if about["format"] != FORMAT else None,
        held=held_of(about["held"]) if "held" in about else None,
    )


def _told(example: Taught) -> dict[str, Any]:  # Any: JSON
    """An example without what is not known of it."""
    return {name: value for name, value in asdict(example).items() if value is not None}


def _gathered(unmarked: Sequence[Taught]) -> list[dict[str, Any]]:  # Any: JSON
    """Stretches that nobody marked, those of a stream together: there may be hundreds of each."""
    of: dict[tuple[str, str, str, str], list[Taught]] = {}
    for t in unmarked:
        of.setdefault((t.recording, t.stream, t.file, t.person), []).append(t)
    return [
        dict(zip(("recording", "stream", "file", "person"), which, strict=True))
        | {"start_us": [t.start_us for t in those], "end_us": [t.end_us for t in those]}
        for which, those in of.items()
    ]


def _scattered(about: Sequence[dict[str, Any]]) -> tuple[Taught, ...]:  # Any: JSON
    """The reverse of :func:`_gathered`."""
    return tuple(
        Taught(g["recording"], g["stream"], start, end, False, file=g["file"], person=g["person"])
        for g in about
        for start, end in zip(g["start_us"], g["end_us"], strict=True)
    )


def _adapted(about: dict[str, Any], tensors: dict[str, np.ndarray[Any, Any]]) -> Adapted:  # Any: JSON
    correction = Correction(tensors["adapted.weights"], tensors["adapted.covariance"], tensors.get("adapted.inward"))
    taught, unmarked = tuple(Taught(**t) for t in about["taught"]), _scattered(about.get("unmarked", ()))
    return Adapted(about["kind"], about["why"], correction, taught, tensors["adapted.directions"], unmarked)


def _personal(folder: Path) -> Personal | None:
    """The prior over patients; None where the folder has none."""
    if not (folder / PERSONAL).is_file():
        return None
    about: dict[str, Any] = json.loads((folder / PERSONAL).read_text(encoding="utf-8"))  # Any: JSON
    values: dict[str, Any] = {k: _tuples(v) for k, v in about.items()}  # Any: as above
    if values.get("prototypes"):
        values["prototypes"] = Prototypes(**{k: _tuples(v) for k, v in values["prototypes"].items()})
    return Personal(**values)


def _tuples(value: Any) -> Any:  # Any: JSON
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
