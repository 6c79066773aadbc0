"""The own front-end pieces: the canvases, the receipt of edits, and HTML whose links go at once."""

from clinic.components.canvas import mount_audit, mount_label, mount_timeline, state
from clinic.components.links import mount_links
from clinic.components.receipt import mount_receipt

__all__ = ["mount_audit", "mount_label", "mount_links", "mount_receipt", "mount_timeline", "state"]
