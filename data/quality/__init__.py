"""How far a recording can be trusted: findings in words, and when the sensor was worn."""

from __future__ import annotations

from data.quality.assess import assess
from data.quality.autocalibration import Autocalibration
from data.quality.corrected import corrected
from data.quality.types import Finding, Measures, Quality, Severity, StreamQuality

__all__ = ["Autocalibration", "Finding", "Measures", "Quality", "Severity", "StreamQuality", "assess", "corrected"]
