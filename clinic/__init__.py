"""What people do with it: analyse, store, look, label, report."""

__version__ = "0.1.0"
