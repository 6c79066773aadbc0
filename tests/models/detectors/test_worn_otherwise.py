"""Upside-down, or turned about the vertical: what every shipped detector says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from data.quality import corrected
from data.recording import CHANNELS, Placement, Recording
from data.synthetic import Script, short_walk, simulate
from models.detectors import Detector, encoder_of, shipped
from models.embedding import embed
