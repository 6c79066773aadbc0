"""What was recorded: signals, readers, quality, archives."""
