"""What raters say of spans: labels as rows that are only added; a change, a removal and an undo are further rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clinic.home import Home
from clinic.store import label_rows, write_rows
from clinic.store.access import reading
from clinic.store.change import change
from clinic.store.label_rows import Check
from clinic.store.rows import Label, LabelRow, LabelSource


@dataclass(frozen=True, slots=True)
class Labels:
    """The part of the store that is about labels; used as :class:`clinic.store.Store`."""

    home: Home

    def label(
        self,
        recording: str,
        labels: Sequence[Label],
        *,
        check: Check | None,
        actor: str,
        now_us: int,
        replaces: str = "",
        answers: tuple[str, str] | None = None,
    ) -> list[LabelRow]:
        """Store labels of a recording, all of them or none; one alone may stand in place of another of its rater.

        Parameters
        ----------
        check
            Asked in the same transaction whether the labels may join those that stand (the replaced one left
            out): :func:`clinic.review.spans.checking`. None only where nothing stands beside them.
        replaces
            Id of the label that the new one stands in place of.
        answers
            An episode and the verdict on it, where the labels are what a person says of that flag; both are stored
            or neither.

        Raises
        ------
        KeyError
            For a stream or episode that is not here.
        StoreError
            For a recording that is not here, and with the reason why a label may not be stored; nothing is then.
        """
        made: list[LabelRow] = []
        if not labels:
            return made

        def rows(connection: Any, seq: int) -> bool:  # Any: DuckDB is known to few modules
            made.extend(label_rows.add(connection, seq, recording, labels, now_us, replaces=replaces, check=check))
            if answers is not None:
                write_rows.review(connection, seq, *answers, actor, now_us)
            return True

        imported = all(x.source is LabelSource.IMPORTED for x in labels)
        act = "change label" if replaces else "import labels" if imported else "label"
        details: dict[str, Any] = {"raters": sorted({x.rater for x in labels})}  # Any: JSON
        if answers is not None:
            details |= {"flag": answers[0], "verdict": answers[1]}
        change(self.home, act, recording, details, actor=actor, now_us=now_us, rows=rows)
        return made

    def answered(self, recording: str, label: str) -> str:
        """The flag that a label, as it is or was before it was changed, gave its present verdict; empty for none."""
        with reading(self.home) as connection:
            return write_rows.answered_by(connection, label_rows.chain(connection, recording, [label]))

    def remove_label(self, recording: str, label: str, *, rater: str, actor: str, now_us: int) -> LabelRow:
        """Say that a rater's label is there no more; the verdict that it gave a flag goes with it.

        Raises
        ------
        StoreError
            If it is not there, or another rater's.
        """
        made: list[LabelRow] = []

        def rows(connection: Any, seq: int) -> bool:  # Any: as above
            made.extend(label_rows.remove(connection, seq, recording, [label], rater, now_us))
            chain = label_rows.chain(connection, recording, [label])
            write_rows.unreview(connection, seq, chain, chain, now_us)
            return True

        change(self.home, "remove label", recording, {"label": label}, actor=actor, now_us=now_us, rows=rows)
        return made[0]

    def exchange_labels(
        self, recording: str, old: Sequence[str], new: Sequence[Label], *, rater: str, check: Check, actor: str,
        now_us: int,
    ) -> None:  # fmt: skip
        """Remove labels of a rater and store others in their place, all of it or nothing.

        Raises
        ------
        StoreError
            If an old one is not there, or another rater's, and with the reason why a new one may not be stored.
        """

        def rows(connection: Any, seq: int) -> bool:  # Any: as above
            gone = label_rows.remove(connection, seq, recording, old, rater, now_us) if old else []
            if new:
                label_rows.add(connection, seq, recording, new, now_us, check=check, first=len(gone))
            return bool(old or new)

        details = {"rater": rater, "removed": list(old)}
        change(self.home, "exchange labels", recording, details, actor=actor, now_us=now_us, rows=rows)

    def undo_label(self, recording: str, stream: str, *, rater: str, actor: str, now_us: int) -> list[LabelRow]:
        """Take back a rater's newest change of a stream that stands; each further call goes one change back.

        What was marked on another sensor stays: nobody would see it go. Where that change was an answer to a flag, the
        verdict on the flag goes with it.

        Returns
        -------
        The rows that take it back; empty when nothing is left to take back.
        """
        made: list[LabelRow] = []

        def rows(connection: Any, seq: int) -> bool:  # Any: as above
            made.extend(label_rows.undo(connection, seq, recording, rater, now_us, stream))
            chain = label_rows.chain(connection, recording, [row.id for row in made])
            write_rows.unreview(connection, seq, [row.undoes for row in made], chain, now_us)
            return bool(made)

        details = {"rater": rater, "stream": stream}
        change(self.home, "undo label", recording, details, actor=actor, now_us=now_us, rows=rows)
        return made

    def see_detector(self, recording: str, stream: str, *, rater: str, now_us: int) -> None:
        """Note once that a rater was shown what the detector says of a stream: from here on they mark it not blind."""

        def rows(connection: Any, _seq: int) -> bool:  # Any: as above
            return not label_rows.saw_detector(connection, recording, stream, rater)

        change(self.home, label_rows.SEEN, recording, {"stream": stream}, actor=rater, now_us=now_us, rows=rows)

    def saw_detector(self, recording: str, stream: str, *, rater: str) -> bool:
        """Whether that was noted, in whatever session."""
        with reading(self.home) as connection:
            return label_rows.saw_detector(connection, recording, stream, rater)

    def labels(
        self, patient: str | None = None, recording: str | None = None, rater: str | None = None
    ) -> list[LabelRow]:
        """The labels that stand, in order of time; a blind rater is shown their own alone."""
        with reading(self.home) as connection:
            return label_rows.present(connection, patient, recording, rater)

    def label_classes(self, patient: str, rater: str) -> list[str]:
        """Every class that was ever marked of a patient, the rater's own first, in the order of their first marks.

        What is marked later stands behind, so that a key that somebody knows by heart stays the same class's.
        """
        with reading(self.home) as connection:
            return label_rows.classes(connection, patient, rater)

    def label_names(self, rater: str) -> list[str]:
        """Every class that a rater marks with, of whichever patient: how it is spelt there it is spelt everywhere."""
        with reading(self.home) as connection:
            return label_rows.names(connection, rater)

    def label_history(self, recording: str, rater: str | None = None) -> list[LabelRow]:
        """Every row that was ever added, oldest first: what was replaced, removed and taken back too."""
        with reading(self.home) as connection:
            return label_rows.history(connection, recording, rater)
