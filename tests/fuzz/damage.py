"""How files are damaged: bytes flipped, runs overwritten, parts lost, repeated or swapped, counts made huge."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from hypothesis import strategies as st

CUTS = 100


class Damaged(NamedTuple):
    """A damaged content, and what was done to it."""

    content: bytes
    done: str


def cut(content: bytes, share: int) -> Damaged:
    """The first ``share`` hundredths of a content."""
    keep = len(content) * share // CUTS
    return Damaged(content[:keep], f"cut after {share} %")


_HUGE = [
    struct.pack(form, number)
    for form, numbers in {
        "<H": (0xFFFF, 0x7FFF, 0), "<I": (0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 1 << 28, 0), ">I": (0x7FFFFFFF, 1 << 24),
        "<Q": (2**64 - 1, 2**63 - 1, 1 << 40), "<d": (1e308, float("nan"), float("inf"), -1.0),
        "<f": (3e38, float("nan"), 0.0),
    }.items()
    for number in numbers
]  # fmt: skip
_WORDS = [
    b"", b"0", b"-1", b"nan", b"inf", b"1e308", b"-1e-320", b"9" * 18, b"9" * 400, b"0x10", b"1,5", b"1.2.3", b'"',
    b"\x00", b"NULL", b"1970-01-01", b"9999-12-31T23:59:59", b"\xff\xfe", b"\xc3\x28", "ß".encode("latin-1"),
    "½".encode(), b"../../etc/passwd", b"{", b"[]", b"true",
]  # fmt: skip
_NUMBER = re.compile(rb"[-+]?\d[\d.:eE+-]*")


def damages(content: bytes, others: list[bytes], *, is_text: bool) -> st.SearchStrategy[Damaged]:
    """Up to three damages after one another to a content; ``others`` lend their beginnings."""
    kinds = [_flipped, _overwritten, _lost, _repeated, _inserted, _huge_count, _swapped_header(others)]
    if is_text:
        kinds += [_word, _word, _line, _encoded]

    @st.composite
    def one(draw: st.DrawFn) -> Damaged:
        now, done = content, []
        for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
            now, how = draw(st.sampled_from(kinds))(draw, now)
            done.append(how)
        return Damaged(now, "; ".join(done))

    return one()


def _place(draw: st.DrawFn, content: bytes) -> int:
    """A byte's number, in the header as often as anywhere."""
    last = max(len(content) - 1, 0)
    return draw(st.one_of(st.integers(0, min(last, 1200)), st.integers(0, last)))


def _flipped(draw: st.DrawFn, content: bytes) -> Damaged:
    changed = bytearray(content)
    places = [_place(draw, content) for _ in range(draw(st.sampled_from([1, 1, 2, 8])))]
    for at in places:
        if changed:
            changed[at] ^= draw(st.integers(1, 255))
    return Damaged(bytes(changed), f"bytes {places} flipped")


def _overwritten(draw: st.DrawFn, content: bytes) -> Damaged:
    at, length = _place(draw, content), draw(st.sampled_from([1, 4, 60, 700, 5000]))
    fill = draw(st.sampled_from([b"\x00", b"\xff", b" ", b"9"]))
    return Damaged(content[:at] + fill * length + content[at + length :], f"{length} bytes {fill!r} over byte {at}")


def _lost(draw: st.DrawFn, content: bytes) -> Damaged:
    at, length = _place(draw, content), draw(st.integers(1, 3000))
    return Damaged(content[:at] + content[at + length :], f"{length} bytes lost at byte {at}")


def _repeated(draw: st.DrawFn, content: bytes) -> Damaged:
    at, length = _place(draw, content), draw(st.integers(1, 3000))
    return Damaged(content[: at + length] + content[at:], f"{length} bytes twice at byte {at}")


def _inserted(draw: st.DrawFn, content: bytes) -> Damaged:
    at, junk = _place(draw, content), draw(st.binary(min_size=1, max_size=40))
    return Damaged(content[:at] + junk + content[at:], f"{junk!r} put in at byte {at}")


def _huge_count(draw: st.DrawFn, content: bytes) -> Damaged:
    at, number = _place(draw, content), draw(st.sampled_from(_HUGE))
    return Damaged(content[:at] + number + content[at + len(number) :], f"{number.hex()} over byte {at}")


def _swapped_header(others: list[bytes]) -> object:
    def swapped(draw: st.DrawFn, content: bytes) -> Damaged:
        other = draw(st.integers(0, len(others) - 1))
        length = draw(st.sampled_from([4, 16, 256, 512, 1024, 4096]))
        return Damaged(others[other][:length] + content[length:], f"first {length} bytes of seed {other}")

    return swapped


def _word(draw: st.DrawFn, content: bytes) -> Damaged:
    """One number of a text replaced."""
    found = [m.span() for m in _NUMBER.finditer(content, 0, 20_000)]
    if not found:
        return Damaged(content, "nothing")
    a, b = found[draw(st.integers(0, len(found) - 1))]
    word = draw(st.sampled_from(_WORDS))
    return Damaged(content[:a] + word + content[b:], f"{word[:20]!r} for the number at byte {a}")


def _line(draw: st.DrawFn, content: bytes) -> Damaged:
    """Two lines swapped, or one doubled or emptied."""
    lines = content.split(b"\n")
    a, b = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    how = draw(st.sampled_from(["swapped", "doubled", "emptied", "joined"]))
    if how == "swapped":
        lines[a], lines[b] = lines[b], lines[a]
    elif how == "doubled":
        lines.insert(a, lines[b])
    elif how == "emptied":
        lines[a] = b""
    else:
        lines[a : a + 2] = [b"".join(lines[a : a + 2])]
    return Damaged(b"\n".join(lines), f"lines {a} and {b} {how}")


def _encoded(draw: st.DrawFn, content: bytes) -> Damaged:
    """The text in another encoding, or with ends of lines of another kind."""
    how = draw(st.sampled_from(["utf-16", "utf-16-be", "utf-32", "cp037", "cr", "crlf", "nul"]))
    if how == "cr":
        return Damaged(content.replace(b"\n", b"\r"), how)
    if how == "crlf":
        return Damaged(content.replace(b"\n", b"\r\n"), how)
    if how == "nul":
        return Damaged(content.replace(b"\n", b"\x00\n"), how)
    return Damaged(content.decode("latin-1").encode(how, errors="replace"), f"as {how}")
