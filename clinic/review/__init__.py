"""Pure work on labels and looks: spans, their files, raters' agreement, audits and the rate they show."""
