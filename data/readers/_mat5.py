"""MATLAB files of version 5, as plain values: dictionaries, lists, arrays, strings.

Read here and not through SciPy, whose reader takes the whole program down on some damaged files; the tests compare
the two on a whole one. Format: MathWorks, MAT-File Format, R2023b, chapter 1.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

_HEADER = 128
_LARGEST = 1 << 30
"""Bytes that a part may unpack to."""
_DEEPEST = 32
_MATRIX, _COMPRESSED = 14, 15
_CELL, _STRUCT, _OBJECT, _CHAR, _FIRST_NUMBER, _LAST_NUMBER = 1, 2, 3, 4, 6, 15
_OPAQUE = 17
"""A table, a timetable, a datetime, ...: laid out in a way that MathWorks does not tell, and without a shape."""
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_LETTERS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}


# Any in what follows: what MATLAB holds
def loaded(content: bytes, skip: Collection[str] = ()) -> dict[str, Any]:
    """The variables of a file by name.

    Parameters
    ----------
    skip
        Fields of structures that are not wanted and cost time; absent from the result.

    Raises
    ------
    ValueError
        When the file is cut off or damaged.
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None or len(content) <= _HEADER:
        raise ValueError("no MATLAB 5 header")
    reader = _Reader(order, frozenset(skip))
    found: dict[str, Any] = {}
    try:
        for kind, data in reader.elements(memoryview(content)[_HEADER:]):
            matrix = _unpacked(data, reader) if kind == _COMPRESSED else data if kind == _MATRIX else None
            if matrix is not None:
                name, value = reader.matrix(matrix, 0)
                found[name] = value
    except (struct.error, zlib.error, StopIteration, IndexError, KeyError, UnicodeError, OverflowError) as error:
        raise ValueError(f"a part cannot be read ({type(error).__name__})") from error
    return found


def _unpacked(data: memoryview, reader: _Reader) -> memoryview | None:
    plain = zlib.decompressobj().decompress(data, _LARGEST)
    if len(plain) >= _LARGEST:
        raise ValueError("a part unpacks to more than a recording can have")
    kind, inner = next(reader.elements(memoryview(plain)))
    return inner if kind == _MATRIX else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes elements apart: a tag of kind and length, then that many bytes, in the order of ``order``."""

    order: str
    skip: frozenset[str]

    def elements(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Kind and bytes of the elements one after the other."""
        at = 0
        while at + 8 <= len(data):
            kind, size = struct.unpack_from(f"{self.order}2I", data, at)
            if kind >> 16:
                # A short one: kind, length and data in eight bytes.
                kind, size, start, end = kind & 0xFFFF, kind >> 16, at + 4, at + 8
                if size > 4:
                    raise ValueError("a short element is too long")
            else:
                start = at + 8
                end = start + (size if kind == _COMPRESSED else -(-size // 8) * 8)
            if start + size > len(data):
                raise ValueError("an element is cut off")
            yield kind, data[start : start + size]
            at = end

    def matrix(self, data: memoryview, depth: int) -> tuple[str, Any]:
        """Name and value of an array of any class; None for a class that holds no data for us."""
        if not len(data) or depth > _DEEPEST:
            return "", np.zeros((0, 0))
        parts = self.elements(data)
        flags = int(self._numbers(next(parts))[0])
        if flags & 0xFF == _OPAQUE:
            return self._text(next(parts)), None
        shape = tuple(int(n) for n in self._numbers(next(parts)))
        return self._text(next(parts)), self._value(flags, shape, parts, depth)

    def _value(self, flags: int, shape: tuple[int, ...], parts: Iterator[tuple[int, memoryview]], depth: int) -> Any:
        kind, count = flags & 0xFF, prod(shape)
        if any(n < 0 for n in shape) or count > _LARGEST:
            raise ValueError("an array has an odd shape")
        if kind == _CELL:
            return [self.matrix(self._matrix(next(parts)), depth + 1)[1] for _ in range(count)]
        if kind in (_STRUCT, _OBJECT):
            return self._structures(parts, count, depth, is_object=kind == _OBJECT)
        if kind == _CHAR:
            return self._text(next(parts))
        if _FIRST_NUMBER <= kind <= _LAST_NUMBER:
            values = self._numbers(next(parts))
            if len(values) != count:
                raise ValueError("an array does not have the numbers of its shape")
            return values.reshape(shape, order="F")
        return None

    def _structures(self, parts: Iterator[tuple[int, memoryview]], count: int, depth: int, *, is_object: bool) -> Any:
        """One structure as a dictionary, several as a list."""
        if is_object:
            next(parts)
        width = int(self._numbers(next(parts))[0])
        raw = bytes(next(parts)[1])
        if width < 1:
            raise ValueError("a structure has no names")
        names = [raw[i : i + width].split(b"\0")[0].decode("ascii") for i in range(0, len(raw), width)]
        found = []
        for _ in range(count if names else 0):
            one = {}
            for field in names:
                inner = self._matrix(next(parts))
                if field not in self.skip:
                    one[field] = self.matrix(inner, depth + 1)[1]
            found.append(one)
        return found[0] if len(found) == 1 else found

    def _matrix(self, element: tuple[int, memoryview]) -> memoryview:
        if element[0] != _MATRIX:
            raise ValueError("an array was expected")
        return element[1]

    def _numbers(self, element: tuple[int, memoryview]) -> np.ndarray[Any, Any]:
        kind = np.dtype(self.order + _NUMBERS[element[0]])
        return np.frombuffer(element[1], kind, len(element[1]) // kind.itemsize)

    def _text(self, element: tuple[int, memoryview]) -> str:
        coding = _LETTERS[element[0]]
        if coding in ("utf-16", "utf-32"):
            coding += "-le" if self.order == "<" else "-be"
        return bytes(element[1]).decode(coding)
