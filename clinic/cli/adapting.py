"""The command that teaches a detector."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clinic.cli.edges import actor
from clinic.cli.options import AsJson, Files, OutFolder, PlacementOption, ProfileOption, ZoneOption
from clinic.cli.telling import progress, say
from clinic.home import Home
from data.errors import MotionwardError

if TYPE_CHECKING:
    from clinic.analysis import Embed
    from data.labels import LabelledSpan
    from models.adapters.adapt import Choice
    from models.adapters.example import Example
    from models.detectors import Detector


def adapt(
    files: Files,
    labels: Annotated[
        Path,
        typer.Option(
            "--labels", help="CSV: file, stream, start_s, end_s, label; patient where the files are of several."
        ),
    ],
    detector: Annotated[str, typer.Option("--detector", help="A shipped name or a detector folder.")],
    out: OutFolder,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    as_json: AsJson = False,
) -> None:
    """Teach a detector with a few labelled stretches, into a new detector folder.

    A label is the phenomenon, or "not" and the phenomenon. Where the labels do not show that it helps, the folder
    holds the detector as it was; where the phenomenon is another than the detector's, a new one is made for it. Of a
    table about several, the detector's phenomenon is taught. Dated files of one patient that were recorded at the same
    time show one movement; dated files that name no patient are taken for one person's.
    """
    from clinic.adaptation import teach
    from clinic.cli.recordings import chosen_detectors
    from clinic.labelled import patient_of
    from clinic.marks import check_once, marks_of
    from clinic.reading import Said, read_said
    from clinic.sources import sources, unlearned
    from data.labels import ALL, NOT, read_labels, spelt_as

    (before,) = chosen_detectors([detector])
    if out.exists() and any(out.iterdir()):
        raise MotionwardError(f"{out} is not empty: name a new folder with --out.")
    spans = read_labels(labels)
    if not spans:
        raise MotionwardError(f"{labels.name} holds no label: mark at least one episode of {before.phenomenon}.")
    of_file = _by_file(spans, files, labels.name)
    for span in spans:
        meant = spelt_as(span.label, [start + before.phenomenon for start in ("", NOT, ALL)])
        if meant:
            raise MotionwardError(
                f"{labels.name}, line {span.line}: {span.label!r} is spelt otherwise than {meant!r}: spell it so."
            )
    _check_people(spans, {t.person for t in before.adapted.taught} if before.adapted else set(), labels.name)
    taught, passed_over = _one_phenomenon(spans, before.phenomenon, labels.name)
    found, held, learned, owners = [], dict[str, Path](), 0, dict[str, Path]()
    for path, own in of_file.items():
        recording = read_said(Home.default(), path, Said(profile, placements=tuple(placement or ())), zone=zone)
        twin = held.setdefault(recording.source.sha256, path) if own else path
        if twin != path:
            raise MotionwardError(
                f"{path} holds the same recording as {twin}: leave the labels of one of them out, or each would count "
                "twice."
            )
        person = patient_of(path.name, [(labels.name, s) for s in own])  # rows of another phenomenon say it too
        its = [s for s in own if s.phenomenon == taught]
        owners |= {person: path} if its else {}
        every = marks_of(recording, its, labels.name)
        check_once(its, every, labels.name)
        marks = unlearned(every, before, recording) if taught == before.phenomenon else every
        learned += len(every) - len(marks)
        found += sources(recording, marks, before, _embed(path), person=person)
    choice, examples = teach(
        found, before, taught, actor(), progress("teaching"), of_others=_are_several(owners, labels.name)
    )
    made, warning = _saved(choice, examples, before, detector, out)
    told = {
        "out": str(out), "detector": made.name, "version": made.version, "parent": made.parent, "adapter": choice.kind,
        "why": choice.why, "warning": warning, "episodes": sum(e.is_positive for e in examples),
        "others": sum(not e.is_positive and e.weight == 1.0 for e in examples), "passed_over": passed_over,
        "learned_before": learned,
    }  # fmt: skip
    said = "" if not passed_over else f"{taught} was taught; passed over: {_counted(passed_over)}.\n"
    if learned:
        which, them = ("1 label was", "it") if learned == 1 else (f"{learned} labels were", "them")
        said += f"{which} passed over: {before.name} {before.version} has learned from {them}.\n"
    warned = f"{warning}\n" if warning else ""
    say(as_json, told, f"{said}{choice.why}\n{warned}{made.name} {made.version} -> {out}")


def _saved(choice: Choice, examples: list[Example], before: Detector, name: str, out: Path) -> tuple[Detector, str]:
    """The detector in its folder, and what whoever uses it must know; as it was, where nothing was learned.

    Parameters
    ----------
    name
        What the detector it started from was asked for by.
    """
    from clinic.teaching import warning_of
    from models.adapters.adapt import SHIPPED
    from models.adapters.card import card_text
    from models.detectors import folder_of, load, save

    if choice.kind == SHIPPED:
        shutil.copytree(folder_of(name), out, dirs_exist_ok=True)
        return load(out), ""
    card = (folder_of(name) / "card.md").read_text(encoding="utf-8")
    made = save(choice.detector, out, card_text(choice.detector, card, examples))
    return made, warning_of(examples, starts_taught=made.parent is not None and before.adapted is not None)


def _check_people(spans: Sequence[LabelledSpan], known: Collection[str], table: str) -> None:
    """Refuse a patient whom the table, or the detector's folder, spells otherwise: one would vouch for oneself.

    Raises
    ------
    MotionwardError
        Naming the line.
    """
    from clinic.labelled import PATIENT
    from data.labels import spelt_as

    people = dict.fromkeys(p for p in known if p)
    for span in spans:
        named = span.more.get(PATIENT, "")
        meant = spelt_as(named, people) if named and named not in people else None
        if meant:
            raise MotionwardError(
                f"{table}, line {span.line}: the patient {named!r} is spelt otherwise than {meant!r}: spell it so."
            )
        people |= {named: None} if named else {}


def _one_phenomenon(spans: Sequence[LabelledSpan], known: str, table: str) -> tuple[str, dict[str, int]]:
    """The phenomenon that a table teaches a detector of ``known``, and how many labels it has of each other.

    Raises
    ------
    MotionwardError
        If it is about several, and the detector's is none of them.
    """
    labels = Counter(span.phenomenon for span in spans)
    if len(labels) > 1 and known not in labels:
        raise MotionwardError(
            f"{table} is about {' and '.join(sorted(labels))}, and the detector finds {known}: leave the rows of one "
            "of them in the table, or name a detector of one with --detector."
        )
    taught = known if known in labels else next(iter(labels))
    return taught, {name: labels[name] for name in sorted(labels) if name != taught}


def _are_several(owners: Mapping[str, Path], table: str) -> bool:
    """Whether a table is about several people, of whom the detector may have learned from some already.

    Parameters
    ----------
    owners
        A file of each of them; of nobody where the name is empty.

    Raises
    ------
    MotionwardError
        If it says of some files alone whose they are: one that names nobody may be of somebody who is named.
    """
    if "" in owners and len(owners) > 1:
        raise MotionwardError(
            f"{table} says in the column patient whose some files are, and not whose {owners['']} is: say it of each, "
            "or of none."
        )
    return len(owners) > 1


def _counted(labels: dict[str, int]) -> str:
    return ", ".join(f"{number} {'label' if number == 1 else 'labels'} of {name}" for name, number in labels.items())


def _embed(path: Path) -> Embed:
    from clinic.analysis import Settings
    from clinic.stored import embedder

    return embedder(Settings(), progress(path.name))


def _by_file(spans: Sequence[LabelledSpan], files: Sequence[Path], table: str) -> dict[Path, list[LabelledSpan]]:
    """The spans of each file, which a table calls as the command does or by its bare name; a file named twice is one.

    Raises
    ------
    MotionwardError
        If a label is of none of the files, or may be of several: files of different patients may have one name.
    """
    found: dict[Path, list[LabelledSpan]] = {path: [] for path in files}
    for span in spans:
        meant = [p for p in found if str(p) == span.file] or [p for p in found if p.name == span.file]
        if not meant:
            raise MotionwardError(f"{table}, line {span.line}: {span.file!r} is none of the files given.")
        if len(meant) > 1:
            several = " and ".join(map(str, meant))
            raise MotionwardError(
                f"{table}, line {span.line}: {span.file!r} may be {several}: write the whole of it in the column file."
            )
        found[meant[0]].append(span)
    return found
