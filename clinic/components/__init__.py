"""The own front-end pieces: the timeline on a canvas, the receipt of its edits, and HTML whose links go at once."""

from clinic.components.canvas import mount_timeline, state
from clinic.components.links import mount_links
from clinic.components.receipt import mount_receipt

__all__ = ["mount_links", "mount_receipt", "mount_timeline", "state"]
