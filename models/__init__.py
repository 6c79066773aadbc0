"""What movement means: encoders, objectives, detectors, adapters."""
