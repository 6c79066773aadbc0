"""What teaches in the lessons of a test.

Import as ``from tests.clinic.lessons import ...``.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from clinic.adaptation import teach
from models.adapters.adapt import Choice
from models.adapters.example import Example


def watch(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[list[Example]]:
    """The examples of each lesson from here on that a module gives by its ``teach``."""
    lessons: list[list[Example]] = []

    def watched(*given: Any, **more: Any) -> tuple[Choice, list[Example]]:
        choice, examples = teach(*given, **more)
        lessons.append(examples)
        return choice, examples

    monkeypatch.setattr(module, "teach", watched)
    return lessons
