"""Files that belong together as one recording, by their clocks; and a clock that somebody sets by hand."""

from data.joining.joined import join
from data.joining.started import with_start

__all__ = ["join", "with_start"]
