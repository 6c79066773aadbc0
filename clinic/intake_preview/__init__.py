"""What was understood of a file before anything is stored."""
