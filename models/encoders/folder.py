"""An encoder as it lies on disk: a folder with a description, weights and a card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from data.errors import MotionwardError
from models.assets import assets_dir
from models.features import NAMES
from models.weights import written

if TYPE_CHECKING:
    from models.encoders.imu import ShapeNet

DESCRIPTION, WEIGHTS, CARD = "encoder.json", "weights.safetensors", "card.md"
FORMAT = 1
FRAMES = ("gravity", "sensor")
"""What the shape branch's axes are: gravity along z, or, to be compared with, the sensor's own."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What turns a stream into vectors; the weights are read when they are needed.

    Parameters
    ----------
    name
        For people: ``imu-simclr``.
    version
        First 12 digits of the hash of what decides the vectors (description and weights, not the card).
    widths
        Channels of the shape branch; the last is the number of shape values in a vector.
    mean, sd
        ``(85,)`` float32 that standardise the hand-made features.
    frame
        One of :data:`FRAMES`.
    """

    name: str
    version: str
    widths: tuple[int, int, int]
    mean: NDArray[np.float32]
    sd: NDArray[np.float32]
    folder: Path
    frame: str = FRAMES[0]

    @property
    def dim(self) -> int:
        """Length of a vector: shape values, then the 85 features."""
        return self.widths[2] + len(NAMES)


def load_encoder(name_or_folder: str | Path) -> Encoder:
    """An encoder shipped under that name, or one in a folder.

    Raises
    ------
    MotionwardError
        If there is none, or its folder is damaged.
    """
    folder = Path(name_or_folder)
    if not (folder / DESCRIPTION).is_file() and isinstance(name_or_folder, str):
        folder = assets_dir() / "encoders" / name_or_folder
    try:
        about: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        tensors = load_file(folder / WEIGHTS)
        digest = hashlib.sha256((folder / DESCRIPTION).read_bytes() + (folder / WEIGHTS).read_bytes())
        frame = about.get("frame", FRAMES[0])
        if about["format"] != FORMAT or tuple(about["features"]) != NAMES or frame not in FRAMES:
            raise MotionwardError(f"The encoder in {folder} was made for another version of motionward: train it anew.")
        a, b, c = about["widths"]
        return Encoder(
            about["name"],
            digest.hexdigest()[:12],
            (a, b, c),
            tensors["features.mean"],
            tensors["features.sd"],
            folder.resolve(),
            frame,
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise MotionwardError(
            f"No usable encoder in {folder} ({type(error).__name__}: {error}): install motionward again."
        ) from error


def load_shape_net(encoder: Encoder) -> ShapeNet:
    """The encoder's network, in evaluation mode."""
    import torch  # noqa: PLC0415  torch is loaded when something is to be encoded, not before

    from models.encoders.imu import shape_net  # noqa: PLC0415  as above

    net = shape_net(encoder.widths)
    tensors = load_file(encoder.folder / WEIGHTS)
    net.load_state_dict({k[6:]: torch.from_numpy(v) for k, v in tensors.items() if k.startswith("shape.")})
    return net.eval()


def save_encoder(
    folder: Path,
    name: str,
    net: ShapeNet,
    *,
    mean: NDArray[np.float32],
    sd: NDArray[np.float32],
    card: str,
    frame: str = FRAMES[0],
) -> Encoder:
    """Write an encoder's folder and read it back.

    Parameters
    ----------
    card
        What is told of it; ``{version}`` and ``{sha256}`` in it become those of what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = {"format": FORMAT, "name": name, "widths": list(net.widths), "features": list(NAMES)}
    about |= {} if frame == FRAMES[0] else {"frame": frame}
    tensors = {f"shape.{k}": np.ascontiguousarray(v.detach().numpy()) for k, v in net.state_dict().items()}
    tensors |= {"features.mean": np.asarray(mean, np.float32), "features.sd": np.asarray(sd, np.float32)}
    with written(folder / WEIGHTS):
        save_file(tensors, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors leaves it readable to its owner alone
    (folder / DESCRIPTION).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    encoder = load_encoder(folder)
    sha256 = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    told = card.replace("{version}", encoder.version).replace("{sha256}", sha256)
    (folder / CARD).write_text(told, encoding="utf-8")
    return encoder
