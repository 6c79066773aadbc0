"""Losses of vectors alone: what pretraining asks of an encoder."""
