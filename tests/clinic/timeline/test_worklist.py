"""The work list's order is a rule that can be read off its rows."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from clinic.store.rows import EpisodeRow, SpanRow
from clinic.timeline.clock import DAY_US, HOUR_US
from clinic.timeline.html import work_list_html
from clinic.timeline.worklist import Look, headline, look, waiting_elsewhere, work_list
from tests.clinic.timeline.rows_made import MONDAY_US, flag, hours, patient, recording, span, week

NOW = MONDAY_US + 20 * DAY_US


def row(
    code: str,
    spans: list[SpanRow],
    flags: list[EpisodeRow],
    *,
    days: int = 14,
    seen: int | None = 3,
    clock: str = "absolute",
) -> Look:
    last = None if seen is None else NOW - seen * DAY_US
    return look(
        patient(code), recordings=[recording(days, clock=clock, code=code)], spans=spans, episodes=flags,
        last_look_us=last, now_us=NOW,
    )  # fmt: skip


def steady() -> tuple[list[SpanRow], list[EpisodeRow]]:
    return week([5] * 14)


def test_the_order_of_the_rule() -> None:
    spans, flags = steady()
    long = row("LONG", spans, [*flags, flag(hours(13, 12, 13).start, 15)])
    changed = row("CHANGED", *week([5] * 7 + [25] * 7))
    loose = row("LOOSE", *week([1] * 14, first=8, last=9.5))
    old, fresh = row("OLD", spans, flags, seen=30), row("FRESH", spans, flags, seen=1)
    never = row("NEVER", spans, flags, seen=None)
    ordered = work_list([fresh, loose, never, changed, old, long])
    assert [x.patient.code for x in ordered] == ["LONG", "CHANGED", "LOOSE", "NEVER", "OLD", "FRESH"]
    assert [x.needs_look for x in ordered] == [True, True, True, False, False, False]
    first, why = headline(ordered)
    assert first == "3 of 6 patients need a look; LONG first."
    assert why == "71 flags in 14 days; 1 of them over 10 s."  # the timeline's headline counts 36 of the last 7


def test_flags_of_the_period_that_is_talked_about_need_no_days_beside_them() -> None:
    assert row("A", *week([5] * 7), days=7).to_do == "35 flags"
    assert row("B", *week([5] * 8), days=8).to_do == "40 flags in 8 days"


def test_reviewed_flags_no_longer_wait() -> None:
    spans, flags = steady()
    seen = [flag(hours(13, 12, 13).start, 15, verdict="right")]
    x = row("A", spans, [*flags, *seen])
    assert (x.unreviewed, x.long_unreviewed) == (70, 0)
    assert not x.needs_look


def test_rates_and_change_have_their_intervals() -> None:
    x = row("A", *week([5] * 7 + [10] * 7))
    assert x.now is not None
    # 70 flags over 7 days: exp(±t₆ · √(1 / 70)) = 0.75 to 1.34, wider than the exact Poisson interval of one count
    assert x.now.words == "1.0 (0.7–1.3)"
    assert x.turned is not None
    assert x.turned.word == "doubled"
    assert x.wear == "10.0 h a day"


def test_no_rate_without_the_right_to_one() -> None:
    short = hours(0, 8, 8.5)
    x = row("A", [span("worn", short), span("clear", short)], [], days=1)
    assert x.now is None
    assert x.no_rate == "not enough wear to say"
    refused = hours(0, 8, 20)
    reason = "no detector of freezing of gait for a sensor at: wrist"
    y = row("B", [span("worn", refused), span("not judged", refused, reason=reason)], [], days=1)
    assert (y.now, y.no_rate, y.to_do) == (None, reason, "check placement")
    assert y.needs_look
    why = "no acceleration was recorded"  # the place may be right
    z = row("C", [span("worn", refused), span("not judged", refused, reason=why)], [], days=1)
    assert (z.no_rate, z.to_do, z.why) == (why, "check signal", why)


def test_worn_for_hours_and_hardly_judged_for_several_reasons_needs_a_look_and_says_why() -> None:
    worn = hours(0, 8, 20)
    poor = [span("not judged", hours(0, 8 + k * 4, 12 + k * 4), reason=f"reason {k}") for k in range(3)]
    x = row("A", [span("worn", worn), *poor], [], days=1)
    assert (x.now, x.no_rate, x.to_do, x.needs_look) == (None, "reason 0", "check signal", True)
    unsure = span("not judged", worn, reason="unsure")
    assert row("B", [span("worn", worn), unsure], [], days=1).no_rate == "too little of the wear could be judged to say"


def test_flags_are_counted_to_be_looked_at_whatever_else_is_to_be_checked() -> None:
    spans, _ = week([2] * 7, first=8, last=9.5)
    at = [hours(d, 8, 9).start for d in range(7)]
    x = row("A", spans, [flag(s) for s in at], days=7)
    assert (x.to_do, x.unreviewed) == ("7 flags; check sensor", 7)


def test_some_minutes_of_wear_are_not_drawn_as_none() -> None:
    worn = hours(1, 8, 8.1)
    spans, flags = week([3])
    spans += [span("worn", worn), span("clear", worn)]
    x = row("A", spans, flags, days=2)
    assert [(b.state, b.title.partition(": ")[2]) for b in x.bars[-1:]] == [("not judged", "6 min judged, no rate")]
    spans[-1] = span("not judged", worn, reason="no detector of freezing of gait for a sensor at: wrist")
    y = row("A", spans, flags, days=2)
    assert [(b.state, b.title.partition(": ")[2]) for b in y.bars[-1:]] == [("not judged", "worn, not judged")]


def test_a_file_without_a_date_has_no_bars() -> None:
    worn = hours(0, 0, 2)
    x = row("A", [span("worn", worn), span("clear", worn)], [flag(worn.start)], days=1, clock="relative")
    assert x.bars == ()
    assert "no dates in these files" in work_list_html([x])


def test_flags_of_files_without_a_date_wait_whichever_of_them_is_shown() -> None:
    worn = hours(0, 0, 2)
    spans = [span("worn", worn), span("clear", worn)]
    files = [replace(recording(1, clock="relative"), id=i, imported_us=k) for k, i in enumerate(("old", "rec"))]
    flags = [flag(worn.start), *(replace(flag(worn.start, s, name=f"o{s}"), recording="old") for s in (5, 15))]
    every = [*spans, *(replace(s, recording="old") for s in spans)]
    x = look(patient("A"), recordings=files, spans=every, episodes=flags, last_look_us=None, now_us=NOW)
    assert (x.to_do, x.why) == ("3 flags", "1 of them over 10 s; 2 in another file without a date")
    assert (x.unreviewed, x.long_unreviewed, x.needs_look) == (3, 1, True)
    assert waiting_elsewhere(files, files[1:], every, flags) == (
        "2 more flags wait for a look in another recording, to be chosen above: a.csv."
    )
    assert waiting_elsewhere(files, files, every, flags) == ""
    dated = [replace(files[1], clock="absolute"), files[0]]
    assert (
        look(patient("A"), recordings=dated, spans=every, episodes=flags, last_look_us=None, now_us=NOW).unreviewed == 3
    )


def test_bars_tell_not_worn_from_not_judged() -> None:
    spans, flags = week([3, 3, 3])
    spans += [
        span("not worn", hours(3, 0, 24)),
        span("worn", hours(4, 8, 18)),
        span("not judged", hours(4, 8, 18), reason="x"),
    ]
    x = row("A", spans, flags, days=5)
    assert [b.state for b in x.bars[-5:]] == ["rate", "rate", "rate", "not worn", "not judged"]
    assert len(x.bars) == 14


def test_empty_patient_says_what_to_do() -> None:
    x = look(patient("A"), recordings=[], spans=[], episodes=[], last_look_us=None, now_us=NOW)
    assert (x.to_do, x.seen, x.needs_look) == ("import a recording", "never", False)


def test_the_table_escapes_and_is_well_formed() -> None:
    spans, flags = steady()
    html = work_list_html([row('<script>"P"', spans, flags)])
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert 'href="timeline?patient=%3Cscript%3E%22P%22"' in html
    balance: dict[str, int] = {}

    class Count(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            balance[tag] = balance.get(tag, 0) + 1

        def handle_startendtag(self, tag: str, attrs: object) -> None: ...

        def handle_endtag(self, tag: str) -> None:
            balance[tag] = balance.get(tag, 0) - 1

    Count().feed(html)
    assert {t for t, n in balance.items() if n} <= {"br"}


def test_nobody_is_asked_to_import_what_is_being_simulated() -> None:
    who = replace(patient("A"), is_simulated=True)
    x = look(who, recordings=[], spans=[], episodes=[], last_look_us=None, now_us=NOW)
    assert x.to_do == "not recorded yet"


def test_nothing_found_yet_is_not_said_to_be_nothing() -> None:
    spans, flags = steady()
    none = {"spans": [], "episodes": [], "last_look_us": None, "now_us": NOW}
    begun = look(patient("P-9"), recordings=[recording(3, code="P-9")], is_busy=True, **none)
    assert begun.to_do == "being analysed"
    assert headline([begun])[0] == "P-9 is being analysed."
    calm = row("CALM", spans, flags)
    assert headline([calm, begun])[0] == "P-9 is being analysed; no other patient needs a look now."
    assert "no dates in these files" not in work_list_html([begun])
    stopped = look(patient("P-8"), recordings=[recording(3, code="P-8")], **none)
    assert stopped.to_do == "not analysed: import it again"
    assert headline([stopped]) == ("A recording of P-8 is not analysed.", "Import it again: the analysis goes on.")
    long = row("LONG", spans, [*flags, flag(hours(13, 12, 13).start, 15)])
    assert headline([long, begun])[1].endswith(" P-9 is being analysed.")


def test_a_further_recording_that_is_not_analysed_is_told_in_the_row() -> None:
    spans, flags = steady()
    files = [recording(14), replace(recording(3), id="new")]
    x = look(patient("A"), recordings=files, spans=spans, episodes=flags, last_look_us=NOW, now_us=NOW)
    assert x.why.endswith("1 recording not analysed")
    busy = look(patient("A"), recordings=files, spans=spans, episodes=flags, last_look_us=NOW, now_us=NOW, is_busy=True)
    assert busy.why.endswith("further recordings are being analysed")


def test_a_fall_needs_a_look_however_short_and_whatever_else_is_watched() -> None:
    worn = hours(0, 8, 20)
    spans = [span("worn", worn), span("clear", worn), replace(span("clear", worn), phenomenon="fall")]
    calm = row("calm", spans, [])
    assert (calm.needs_look, calm.phenomenon) == (False, "freezing of gait")
    fallen = replace(flag(worn.start), phenomenon="fall")
    freezes = [flag(worn.start + k * HOUR_US) for k in (1, 2)]
    x = row("A", spans, [replace(fallen, id="f"), *freezes])
    assert x.needs_look
    assert x.phenomenon == "freezing of gait"
    assert x.to_do.startswith("1 possible fall; 2 flags")
    assert x.unreviewed == 3
    assert headline([x, calm])[0] == "1 of 2 patients needs a look; A first."
    long = row("LONG", spans, [flag(worn.start + k * HOUR_US, 15) for k in (1, 2)])
    assert [look.patient.code for look in work_list([calm, long, x])] == ["A", "LONG", "calm"]
    seen = row("A", spans, [replace(fallen, id="f", verdict="right")])
    assert not seen.needs_look


def falls_of(spans: list[SpanRow], flags: list[EpisodeRow]) -> tuple[list[SpanRow], list[EpisodeRow]]:
    """The same rows, of falls."""
    return (
        [replace(s, phenomenon="fall") if s.phenomenon else s for s in spans],
        [replace(e, phenomenon="fall") for e in flags],
    )


def test_who_is_watched_for_falls_alone_is_told_all_the_same_reasons() -> None:
    x = row("A", *falls_of(*week([1] * 7 + [6] * 7)))
    assert (x.phenomenon, x.unreviewed, x.falls, x.long_unreviewed) == ("fall", 49, 49, 0)
    assert x.to_do == "49 possible falls in 14 days"
    assert "6.0 times the rate of the days before" in x.why
    loose = row("B", *falls_of(*week([1] * 14, first=8, last=9.5)))
    assert loose.to_do == "14 possible falls in 14 days; check sensor"
    assert loose.why.startswith("worn 7 of 7 days")
    spans, _ = falls_of(*week([0] * 14))
    at = hours(13, 12, 13).start
    unsure, sure = (replace(flag(at, certainty=c), phenomenon="fall") for c in ("unsure", "sure"))
    doubtful = row("C", spans, [unsure])
    assert (doubtful.to_do, doubtful.needs_look) == ("0 flags, 1 unsure in 14 days", False)
    assert row("D", spans, [unsure, sure]).to_do == "1 possible fall; 1 unsure in 14 days"
