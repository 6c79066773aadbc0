"""The pages: thin; each reads the store, calls the pure part, draws."""
