"""How far a recording can be trusted: findings in words, and when the sensor was worn."""

from __future__ import annotations

from data.quality.assess import assess
from data.quality.types import Finding, Quality, Severity, StreamQuality

__all__ = ["Finding", "Quality", "Severity", "StreamQuality", "assess"]
