"""Libraries that may be absent: the line that installs them is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from data.errors import RecordingError
from data.readers import read


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("geneactiv/geneactiv.bin", "actfast"),
        ("empatica_embraceplus/test_data.avro", "fastavro"),
        ("apdm_opal/apdm_sample_lumbar_rightfoot.h5", "h5py"),
    ],
)
def test_an_absent_library_is_told_with_the_line_that_installs_it(
    device_files: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RecordingError, match=rf'needs the library {library}: .*pip install "motionward\[devices\]"'):
        read(device_files / name)
