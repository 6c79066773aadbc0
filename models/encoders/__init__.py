"""Networks that turn movement, skeletons and films into vectors, and the folder an encoder lies in."""
