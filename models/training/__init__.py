"""Training of detectors on the research sets, and the measuring of them beside their baselines."""
