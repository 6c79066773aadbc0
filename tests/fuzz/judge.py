"""What a reader did with a damaged file: the one clear error, a reading that keeps its promises, or a failure."""

from __future__ import annotations

import resource
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import NoReturn

import numpy as np

from data.errors import RecordingError
from data.readers import read
from data.recording import Recording

MOST_SECONDS = 5.0
"""Of the processor's time: how busy the machine is doesn't count."""
MOST_BYTES = 1 << 30
GOOD = ("refused", "read")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome`` is ``refused`` or ``read``, or one of ``traceback``, ``hang``, ``memory`` and ``promise``."""

    outcome: str
    said: str
    seconds: float
    peak_mib: float
    recording: Recording | None = None


class _TooLongError(BaseException):
    """No reader may catch it."""


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let this process have 1 GiB in all: what it has mapped beyond what it uses is granted besides."""
    status = status_of_memory()
    most = MOST_BYTES + status["VmSize"] - status["VmRSS"]
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def judge(path: Path, *, lenient: bool) -> Verdict:
    """Read a file and every sample of it, within 5 s of the processor's time."""
    _forget_peak()
    begun = time.process_time()
    recording = None
    try:
        with _limited_time(), limited_memory():
            recording = read(path, lenient=lenient)
            _check_promises(recording)
        outcome, said = "read", ""
    except RecordingError as error:
        outcome, said = _one_sentence(error, path)
    except _TooLongError:
        outcome, said = "hang", _place_of_the_last_call()
    except MemoryError:
        outcome, said = "memory", _place_of_the_last_call()
    except AssertionError:
        outcome, said = "promise", _place_of_the_last_call()
    except Exception as error:  # noqa: BLE001  any other is what is looked for
        outcome, said = "traceback", f"{type(error).__name__}: {error} ({_place_of_the_last_call()})"
    seconds = time.process_time() - begun
    return Verdict(outcome, said[:400], seconds, status_of_memory().get("VmHWM", 0) / 2**20, recording)


def _one_sentence(error: RecordingError, path: Path) -> tuple[str, str]:
    sentence = str(error)
    names = [path.name, *(beside.name for beside in path.parent.iterdir())]
    if len(sentence.splitlines()) != 1 or not sentence.isprintable():
        return "promise", f"not one line: {sentence!r}"
    if not all((error.source, error.problem, error.hint)) or not any(name in error.source for name in names):
        return "promise", f"without what, where or what to do: {sentence!r}"
    if len(sentence) > 600:
        return "promise", f"{len(sentence)} characters long: {sentence[:200]}"
    return "refused", sentence


def _check_promises(recording: Recording) -> None:
    assert recording.streams
    for stream in recording.streams:
        assert stream.segments
        assert 0 < stream.rate_hz < 1e5
        spans = [(s.start_us, s.end_us) for s in stream.segments]
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        for segment in stream.segments:
            for first in range(0, segment.n_samples, 1 << 16):
                values = segment.samples[first : min(first + (1 << 16), segment.n_samples)]
                assert values.shape[1] == len(stream.channels)
                assert np.isfinite(values).all()


@contextmanager
def _limited_time() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise _TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _place_of_the_last_call() -> str:
    """The last line of ours, and the last of all, of the exception that is being handled."""
    frames = traceback.extract_stack() if (error := _current()) is None else traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/data/" in f.filename and "site-packages" not in f.filename]
    told = dict.fromkeys(f"{Path(f.filename).name}:{f.lineno}" for f in [*ours[-1:], *list(frames)[-1:]])
    return " < ".join(reversed(list(told)))


def _current() -> BaseException | None:
    return sys.exc_info()[1]


def status_of_memory() -> dict[str, int]:
    """Bytes, by the names of the kernel."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {f[0].rstrip(":"): int(f[1]) * 1024 for f in fields}


def _forget_peak() -> None:
    """Have the kernel count the peak of memory anew."""
    Path("/proc/self/clear_refs").write_text("5")
