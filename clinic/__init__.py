"""What people do with it: analyse, store, look, label, report."""
