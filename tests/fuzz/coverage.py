"""Damage led by coverage: ``python -m tests.fuzz.coverage SEED [libFuzzer's options]`` with atheris installed.

atheris is no part of motionward: ``pip install atheris`` beside it (3.0 runs under Python 3.11). It changes a seed's
content for as long as ``-max_total_time=`` says and stops at the first case that gets no clear answer; the content is
left in a file ``crash-…``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["data"]):
    from tests.fuzz.judge import GOOD, judge

from tests.fuzz.seeds import seeds

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("MOTIONWARD_SHARED_DATA", ROOT.parent / "shared" / "data"))


def main() -> None:
    """Hand one seed to libFuzzer."""
    with tempfile.TemporaryDirectory() as folder:
        victim = seeds(SHARED, Path(folder))[sys.argv[1]]
        corpus, files = Path(folder) / "corpus", Path(folder) / "files"
        corpus.mkdir()
        files.mkdir()
        (corpus / "seed").write_bytes(victim.content)

        def one(content: bytes) -> None:
            verdict = judge(victim.write(files, content), lenient=False)
            if verdict.outcome not in GOOD:
                raise AssertionError(f"{verdict.outcome}: {verdict.said}")

        # libFuzzer ends the process itself, so that the folder stays: it is in the system's temporary one.
        atheris.Setup([sys.argv[0], *sys.argv[2:], f"-max_len={2 * len(victim.content)}", str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
