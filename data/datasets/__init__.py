"""The research sets that detectors and encoders are trained and judged on.

Each module has ``TERMS``, ``PUBLISHED`` and ``load(root)``, which yields ``(person, recording)``; ``root`` is the
folder that holds the set's own folder. A set may lie there packed (Parquet), as its publisher gives it out (below
``original``), or both; ``registry`` knows all of them and who is who. People are told apart across sets by
``<set>/<person>``.
"""
