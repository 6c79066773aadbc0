"""The own front-end pieces: the timeline on a canvas, and HTML whose links go without a reload."""

from clinic.components.canvas import mount_timeline, state
from clinic.components.links import mount_links

__all__ = ["mount_links", "mount_timeline", "state"]
