"""A detector and a few labelled stretches in, a new detector out."""
