"""How damage in a device's file is told."""

from __future__ import annotations

from collections.abc import Sequence

AGAIN = "copy it from the device again"
LENIENTLY = f"{AGAIN}, or read it leniently (--lenient), which leaves gaps there"
"""What to do about a file of which a part can be trusted."""


def numbered(parts: Sequence[int]) -> str:
    """Which parts are meant, counted from 0: all while they are few.

    >>> numbered([3, 4]), numbered(range(20))
    ('number 3, 4', 'number 0, 1, 2, 3, 4, 5, 6, 7, …')
    """
    return "number " + ", ".join(str(i) for i in parts[:8]) + (", …" if len(parts) > 8 else "")
