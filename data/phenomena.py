"""What abnormal movements are called, in files, in the store and on the screen."""

FREEZING = "freezing of gait"
"""What motionward is for: it stands first where several are told."""
FALL = "fall"
TREMOR = "rest tremor"
PHENOMENA = (FREEZING, FALL, TREMOR)
