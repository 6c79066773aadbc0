"""Training of encoders on people without a diagnosis; needs the packed research sets."""
