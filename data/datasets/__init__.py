"""The packed research sets that detectors and encoders are trained and judged on.

Each module has ``TERMS`` and ``load(root)``, which yields ``(person, recording)``; ``root`` is the folder
that holds the set's own folder. People are told apart across sets by ``<set>/<person>``.
"""
