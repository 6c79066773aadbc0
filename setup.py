"""Adds the folder ``assets`` to the wheel; all else stands in ``pyproject.toml``.

Patterns for data files do not descend into folders, so the list is computed: one entry for each folder.
An installed wheel has them under ``share/motionward/assets``, where ``models.assets`` looks.
"""

from pathlib import Path

from setuptools import setup

folders = sorted({path.parent for path in Path("assets").rglob("*") if path.is_file()})
setup(
    data_files=[
        (f"share/motionward/{folder.as_posix()}", sorted(str(p) for p in folder.iterdir() if p.is_file()))
        for folder in folders
    ]
)
