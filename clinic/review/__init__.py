"""Pure work on labels: which spans may stand, their files, how far two raters agree, and what a third decides."""
