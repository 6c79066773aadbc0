"""From labelled stretches of recordings to a detector that learned from them: what ``motionward adapt`` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clinic.sources import Source, read_before
from data.errors import MotionwardError
from data.intervals import Intervals
from models.adapters import fresh
from models.adapters.adapt import SHIPPED, Choice, adapt
from models.adapters.choose import NOTHING_KNOWN
from models.adapters.example import Example
from models.adapters.nearness import clear_of
from models.adapters.support import is_readable, read_example, rejected, unlabelled, unselected, within
from models.calibration import BLOCK
from models.detectors import Detector
from models.embedding import Embeddings
from models.workers import one_thread

MOST_FREE = 400
"""Stretches of a stream that stand for what nobody marked, when a new phenomenon is taught."""


@one_thread()
def teach(
    found: Sequence[Source],
    detector: Detector,
    phenomenon: str,
    annotator: str,
    progress: Callable[[float], None] | None = None,
    *,
    of_others: bool = False,
) -> tuple[Choice, list[Example]]:
    """Adapt a detector of this phenomenon, or make one from another where it finds something else.

    Sources may be of several people: what comes of them is a cohort's detector, from which a personal one may start.

    Parameters
    ----------
    progress
        Told which share of the fitting is done.
    of_others
        Whether it is for people who are not marked, too.

    Raises
    ------
    MotionwardError
        If the detector does not serve where the sensors were worn, or nothing can be learned from the marks.
    """
    if phenomenon == detector.phenomenon:
        for source in found:
            if source.placement not in detector.placements:
                raise MotionwardError(
                    f"{source.file}: stream {source.embeddings.stream} was worn at: {source.placement}; detector "
                    f"{detector.name} serves {', '.join(detector.placements)}: say where it was worn with --placement, "
                    "or name another detector."
                )
        read = [_examples(source, detector, len(source.marks), found) for source in found]
        examples, said = [e for some, _ in read for e in some], _left_out_in_words(sum(n for _, n in read))
        return _saying(adapt(detector, examples, annotator, progress, of_others=of_others), said), examples
    places = tuple(dict.fromkeys(source.placement for source in found))
    if any(source.scores is not None for source in found):
        raise ValueError("scores of another phenomenon say nothing of a new one")
    vectors = np.concatenate([part for source in found for part in _vectors(source.embeddings)])
    new = fresh.blank(detector, phenomenon, places, vectors)
    found = [replace(source, known=(), assumed=()) for source in found]  # that was of another phenomenon
    read = [_examples(source, new, MOST_FREE, found, always=True) for source in found]
    examples, said = [e for some, _ in read for e in some], _left_out_in_words(sum(n for _, n in read))
    if len({e.is_positive for e in examples}) < 2:
        raise MotionwardError(
            f"There is nothing to tell {phenomenon} from: mark some of it, and leave 15 s unmarked or mark some as "
            f"'not {phenomenon}'.{said}"
        )
    taught = fresh.teach(new, examples, annotator, progress)
    assert taught.adapted is not None
    return _saying(Choice(taught, taught.adapted.kind, taught.adapted.why, NOTHING_KNOWN), said), examples


def _left_out_in_words(number: int) -> str:
    """That so many marks taught nothing, and why; empty for none."""
    if not number:
        return ""
    marks = "1 mark was" if number == 1 else f"{number} marks were"
    each = "it" if number == 1 else "them"
    return (
        f" {marks} left out: no half second of {each} could be judged; mark at least half a second where the sensor "
        "was worn and its signal is sound."
    )


def _saying(choice: Choice, said: str) -> Choice:
    """The choice with a sentence more in its reason; a detector that learned nothing stays the very same."""
    adapted = choice.detector.adapted
    if not said or choice.kind == SHIPPED or adapted is None:
        return replace(choice, why=choice.why + said)
    detector = replace(choice.detector, adapted=replace(adapted, why=adapted.why + said))
    return replace(choice, why=choice.why + said, detector=detector)


def _examples(
    source: Source, detector: Detector, free: int, beside: Sequence[Source], *, always: bool = False
) -> tuple[list[Example], int]:
    """What is marked, called wrong, or left in stretches in which everything is marked; how many marks are left out.

    A mark of which no half second could be judged is left out, and does not count as unmarked either. What nobody
    marked stands for none only where nobody said what is none, or always; and never where somebody says to have marked
    everything. Flags that were called wrong are no reason to leave it out: all of them are hard. What the detector
    learned from before was marked then, and stands for nothing now.
    """
    identity, vectors = source.recording, source.embeddings
    scores = detector.score(vectors, source.unusable) if source.scores is None else source.scores
    readable = [mark for mark in source.marks if is_readable(scores, mark[0])]
    found = [
        within(
            read_example(detector, vectors, scores, identity, interval, is_positive=is_positive, file=source.file),
            source.whole,
        )
        for interval, is_positive in readable
    ]
    marked = tuple(interval for interval, _ in source.marks)
    told = (*marked, *source.wrong, *source.known)
    found += rejected(detector, vectors, scores, identity, source.wrong)
    found += unselected(detector, vectors, scores, identity, source.whole, told)
    if not source.whole and (always or all(is_positive for _, is_positive in readable)):
        elsewhere = (*told, *_marked_beside(source, beside))
        found += unlabelled(detector, vectors, scores, identity, elsewhere, free)
    whose = [replace(e, file=source.file, person=source.person) for e in found]
    new = set(map(id, clear_of(whose, read_before(source, detector))))
    return [replace(e, is_known=id(e) not in new) for e in whose], len(source.marks) - len(readable)


def _marked_beside(source: Source, found: Sequence[Source]) -> Intervals:
    """What is marked at other sensors of the person: that time is not unmarked here, though it teaches nothing here."""
    return (*source.beside, *(i for s in found if s is not source and s.clock == source.clock for i, _ in s.marks))


def _vectors(embeddings: Embeddings) -> Iterator[NDArray[np.floating]]:
    """Those that are valid, block by block: a week of them is half a gigabyte."""
    for at in range(0, len(embeddings.grid), BLOCK):
        here = slice(at, min(at + BLOCK, len(embeddings.grid)))
        yield np.asarray(embeddings.vectors[here])[embeddings.valid[here]]
