"""Labels to and from the files of other programs: CSV, EDF+ annotations, Label Studio's JSON, ELAN's text."""

from clinic.review.exchange.formats import FORMATS, Format, export, format_of, read

__all__ = ["FORMATS", "Format", "export", "format_of", "read"]
