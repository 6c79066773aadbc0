"""Reports: one page about one patient or file, as HTML, PDF and tables, the same bytes from the same rows."""
