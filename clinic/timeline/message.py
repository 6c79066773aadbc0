"""The one binary message to the canvas: a JSON header, then float32 values that it points into.

Bytes must be the whole of a component's data: inside a dict they would be sent as text.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


class Message:
    """Collects arrays; each gets a reference ``[first, count]`` to be put into the header."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._count = 0

    def add(self, values: ArrayLike) -> list[int]:
        """Append values (any shape, row by row) as float32 and give their reference."""
        flat = np.ascontiguousarray(values, dtype="<f4").ravel()
        reference = [self._count, len(flat)]
        self._parts.append(flat.tobytes())
        self._count += len(flat)
        return reference

    def pack(self, header: dict[str, Any]) -> bytes:  # JSON values
        """Four bytes with the header's length, the header padded to four bytes, the values.

        Raises
        ------
        ValueError
            If the header holds a number that JSON has no word for (NaN, infinity).
        """
        text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        return len(text).to_bytes(4, "little") + text + b"".join(self._parts)
