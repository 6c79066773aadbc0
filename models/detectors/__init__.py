"""Detectors: vectors of a stream in, calibrated probabilities and episodes out."""

from models.detectors.detector import Detector, Network, OperatingPoint, unjudged
from models.detectors.folder import encoder_of, folder_of, load, save, shipped
from models.detectors.personal import Personal
from models.detectors.rules import Rules

__all__ = [
    "Detector",
    "Network",
    "OperatingPoint",
    "Personal",
    "Rules",
    "encoder_of",
    "folder_of",
    "load",
    "save",
    "shipped",
    "unjudged",
]
