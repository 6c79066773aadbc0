"""Detectors: vectors of a stream in, calibrated probabilities and episodes out."""

from models.detectors.detector import Detector, unjudged
from models.detectors.folder import card_in, encoder_of, folder_of, load, save, shipped
from models.detectors.network import Network
from models.detectors.personal import Personal
from models.detectors.points import PROMISES, OperatingPoint
from models.detectors.rules import Rules

__all__ = [
    "PROMISES",
    "Detector",
    "Network",
    "OperatingPoint",
    "Personal",
    "Rules",
    "card_in",
    "encoder_of",
    "folder_of",
    "load",
    "save",
    "shipped",
    "unjudged",
]
