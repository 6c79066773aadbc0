from __future__ import annotations

import re
from dataclasses import replace

import pytest

from clinic.reports.cards import Card
from clinic.reports.content import Report, build
from clinic.reports.export import EXPORT_COLUMNS, patient_episodes_csv
from clinic.reports.html import to_html
from clinic.reports.make import report_for_analysis, report_for_patient
from clinic.reports.material import material_of
from clinic.reports.svg import tick_share
from clinic.store.rows import DoseRow, EpisodeRow, Head, PatientRow, RecordingRow, RunRow
from clinic.timeline.clock import HOUR_US
from clinic.timeline.validity import Validity
from data.errors import MotionwardError
from data.intervals import Interval
from data.recording import Clock, Recording
from models.detectors import OperatingPoint
from models.detectors.detector import UNKNOWN
from tests.clinic.reports.made import DAY_US, NAME, NOW_US, PHENOMENON, VERSION, analysis_of, worn_days
from tests.signals import moving, recording_of

CARD = Card(
    NAME,
    VERSION,
    PHENOMENON,
    ("lower back",),
    0.6,
    (OperatingPoint(0.6, 9.0, 1.4, 0.62),),
    {"people": 5, "hours": 0.85},
)
DAY_S = 86_400.0


def text_of(html: str) -> str:
    """What a reader sees, white space joined."""
    body = re.sub(r"<style>.*?</style>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@pytest.fixture(scope="module")
def week() -> Recording:
    return worn_days(7)


FIVE_HOURS = Validity(least_hours=5)


def week_report(
    week: Recording,
    *,
    code: str = "P-0001",
    episodes: tuple[EpisodeRow, ...] | None = None,
    doses: tuple[DoseRow, ...] = (),
    span: Interval | None = None,
    cards: tuple[Card, ...] = (CARD,),
    validity: Validity = FIVE_HOURS,
) -> Report:
    # Two flags a day in six worn hours, one of them long, and one unsure.
    flags = [(k * DAY_S + at, s) for k in range(7) for at, s in ((600.0, 12.0), (9000.0, 3.0))]
    m = material_of(week, analysis_of(week, flags, unsure=[(20_000.0, 4.0)]))
    run = RunRow("run-1", m.recordings[0].id, NOW_US, m.runs[0].manifest)
    return report_for_patient(
        PatientRow(code, "Europe/Berlin", False, 0),
        m.recordings,
        [run],
        m.spans,
        m.episodes if episodes is None else episodes,
        m.findings,
        doses,
        Head(12, "cd" * 32),
        cards,
        span=span,
        validity=validity,
    )


def doses_at(hours: tuple[float, ...], week: Recording) -> tuple[DoseRow, ...]:
    start = week.interval.start
    at = [start + day * DAY_US + round(h * HOUR_US) for day in range(7) for h in hours]
    return tuple(DoseRow(str(k), "P-0001", t, "levodopa", "patient") for k, t in enumerate(at))


def test_every_number_has_its_denominator_and_its_doubt(week: Recording) -> None:
    text = text_of(to_html(week_report(week)))
    # 14 flags in 42 judged hours less 4 unsure seconds.
    assert re.search(r"All 7 days 42\.0 42\.0 14 1 0\.3 0\.2–0\.6 7 12\.0 s 0\.07 %", text)
    assert re.search(r"Mon 2 6\.0 6\.0 2 1 0\.3 0\.04–1\.2 1 12\.0 s", text)
    assert "per judged hour" in text
    assert "95 % interval" in text
    assert "0.3 flags per judged hour in the last 7 days (0.2–0.6)" in text


def test_a_week_that_was_not_worn_enough_has_no_weekly_rate_and_says_why(week: Recording) -> None:
    report = week_report(week, validity=Validity())
    text = text_of(to_html(report))
    assert "no rate may be given. Only 0 of 7 days have at least 10 h worn between 08:00 and 22:00" in text
    assert "0 of 7 days are valid, and weekly numbers need 3." in text
    assert re.search(r"All 7 days 42\.0 42\.0 14 1 too few days –", text)
    # A day's own rate is no weekly number.
    assert re.search(r"Mon 2, not valid 6\.0 6\.0 2 1 0\.3 0\.04–1\.2", text)


def test_a_recording_unlike_what_was_learned_prints_no_rate(week: Recording) -> None:
    far = [(k * DAY_S + 1000.0, 3000.0, UNKNOWN) for k in range(7)]
    m = material_of(week, analysis_of(week, [(600.0, 12.0)], not_judged=far))
    text = text_of(to_html(build(m, (CARD,), span=week.interval, validity=Validity(least_hours=4))))
    assert "Outside of what was learned" in text
    assert "no rate may be given. This recording lies outside what the detector learned: 5 h 50 min of it" in text
    assert re.search(r"Mon 2 6\.0 5\.2 1 – – –", text)


def test_nothing_is_called_an_episode_before_somebody_looked(week: Recording) -> None:
    text = text_of(to_html(week_report(week)))
    assert "Nobody has looked at these 14 flags yet." in text
    assert "episode" not in text.replace("A flag is not an episode until somebody has looked at the signal.", "")


def test_reviews_are_counted_and_said_not_to_change_the_numbers(week: Recording) -> None:
    m = material_of(week, analysis_of(week, [(600.0, 12.0), (9000.0, 3.0), (12_000.0, 3.0)]))
    verdicts = ("right", "wrong", "")
    seen = tuple(replace(e, verdict=v, reviewer="C-04" if v else "") for e, v in zip(m.episodes, verdicts, strict=True))
    text = text_of(to_html(week_report(week, episodes=seen)))
    assert "C-04 looked at 2 of 3 flags: 1 right, 1 wrong. The other 1 stands as flagged." in text
    assert "The table counts flags and is not corrected by this." in text


def test_limits_disclaimer_and_origin_stand_on_the_page(week: Recording) -> None:
    text = text_of(to_html(week_report(week)))
    assert "Not a medical device; supports, never replaces, a clinician's judgement." in text.replace("&#39;", "'")
    assert "What this page cannot say" in text
    assert "How much was missed here is not known" in text
    assert "In 5 people it had not met (0.8 h), the detector found 62 % of their freezing of gait" in text
    assert "at this threshold, with 9.0 false alarms an hour" in text
    assert "Audit head 12 sha256 cdcd cdcd cdcd cdcd" in text
    assert "week.csv sha256 abab abab abab abab" in text
    assert "run run-1, fp32, seed 0" in text
    assert "motionward 0.1.0" in text
    assert "Simulated" not in text


def test_without_the_detectors_card_no_figure_is_invented(week: Recording) -> None:
    text = text_of(to_html(week_report(week, cards=())))
    assert "62 %" not in text
    assert "the detector's figures are not installed here" in text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("promised", "said"),
    [((0.9, 0.9), "90 %"), ((0.9, 0.8), "80 %"), ((0.9, None), None), ((None, 0.9), None), ((None, None), None)],
)
def test_what_is_said_to_be_promised_holds_for_all_that_is_shown(
    week: Recording, promised: tuple[float | None, ...], said: str | None
) -> None:
    m = material_of(week, analysis_of(week))
    (row,), (run,) = m.recordings, m.runs
    rows, runs = [], []
    for number, share in enumerate(promised):
        detector = {"name": NAME, "version": VERSION, "sure_from": None if share is None else 0.7}
        manifest = {**run.manifest, "detectors": [detector], "settings": {"promised": share}}
        rows.append(replace(row, id=f"rec-{number}"))
        runs.append(RunRow(f"run-{number}", f"rec-{number}", NOW_US, manifest))
    text = " ".join(build(replace(m, recordings=tuple(rows), runs=tuple(runs)), [CARD]).limits)
    assert (f"so that {said} of a new person's flags" in text) if said else ("new person" not in text)


def test_what_was_promised_of_other_weeks_says_nothing_of_this_one(week: Recording) -> None:
    m = material_of(week, analysis_of(week))
    (row,), (run,) = m.recordings, m.runs
    earlier = replace(row, id="earlier", streams=tuple(replace(s, interval=before(s.interval)) for s in row.streams))
    detector = {"name": NAME, "version": VERSION, "sure_from": 0.7}
    promising = {**run.manifest, "detectors": [detector], "settings": {"promised": 0.9}}
    plain = {**run.manifest, "detectors": [{**detector, "sure_from": None}], "settings": {"promised": None}}
    for here, there, is_said in ((promising, plain, True), (plain, promising, False)):
        runs = (RunRow("there", "earlier", NOW_US, there), RunRow("here", row.id, NOW_US, here))
        text = " ".join(build(replace(m, recordings=(earlier, row), runs=runs), [CARD]).limits)
        assert ("new person" in text) is is_said


def test_what_a_taught_detector_promises_is_said_where_it_alone_judged(week: Recording) -> None:
    m = material_of(week, analysis_of(week))
    (row,), (run,) = m.recordings, m.runs
    used = [{**d, "promise": "A flag is sure where so and so."} for d in run.manifest["detectors"]]
    assert "so and so" not in " ".join(build(m, [CARD]).limits)
    promising = RunRow("here", row.id, NOW_US, {**run.manifest, "detectors": used})
    assert "A flag is sure where so and so." in build(replace(m, runs=(promising,)), [CARD]).limits
    without = " ".join(build(replace(m, runs=(promising,)), []).limits)
    assert "Nobody measured how much this taught version of the detector finds" in without
    assert "This threshold was not measured" not in without
    earlier = replace(row, id="earlier")
    plain = RunRow("earlier", "earlier", NOW_US, {**run.manifest, "detectors": [{**d, "promise": ""} for d in used]})
    both = replace(m, recordings=(earlier, row), runs=(plain, promising))
    assert "so and so" not in " ".join(build(both, [CARD]).limits), "not all of it keeps to that"


def test_where_nothing_was_judged_what_the_detector_finds_elsewhere_is_told_all_the_same(week: Recording) -> None:
    """Who reads that nothing was flagged must be able to see how much would be."""
    spans = [(k * DAY_S, 6 * 3600.0, UNKNOWN) for k in range(7)]
    m = material_of(week, analysis_of(week, not_judged=spans))
    said = " ".join(build(m, [CARD]).limits)
    assert f"In {CARD.base}, the detector found" in said
    assert "This threshold was not measured" not in " ".join(build(m, []).limits)


def before(span: Interval) -> Interval:
    """A month earlier."""
    return Interval(span.start - 30 * DAY_US, span.end - 30 * DAY_US)


def test_a_moved_threshold_is_taken_from_the_run_and_never_guessed(week: Recording) -> None:
    m = material_of(week, analysis_of(week))

    def head_of(detector: dict[str, object], alarms: float | None) -> str:
        manifest = {**m.runs[0].manifest, "detectors": [detector], "settings": {"false_alarms_per_hour": alarms}}
        return build(replace(m, runs=(replace(m.runs[0], manifest=manifest),)), [CARD]).detector

    plain: dict[str, object] = {"name": NAME, "version": VERSION}
    assert head_of(plain, None).endswith("threshold 0.60")
    assert head_of({**plain, "threshold": 0.81}, 2.0).endswith("threshold 0.81")
    assert "threshold" not in head_of(plain, 2.0)


@pytest.mark.parametrize(
    ("thresholds", "head"),
    [
        ((0.6, 0.81), "thresholds 0.60 and 0.81"), ((0.81, 0.6, 0.72), "thresholds 0.60, 0.72 and 0.81"),
        ((0.601, 0.602), "threshold 0.60"), ((None, 0.81), "thresholds 0.60 and 0.81"),
    ],
)  # fmt: skip
def test_runs_with_different_thresholds_are_told_on_the_report(
    week: Recording, thresholds: tuple[float | None, ...], head: str
) -> None:
    m = material_of(week, analysis_of(week))
    (row,), (run,) = m.recordings, m.runs
    rows, runs = [], []
    for number, value in enumerate(thresholds):
        detector = {"name": NAME, "version": VERSION, "threshold": value}
        rows.append(replace(row, id=f"rec-{number}"))
        runs.append(RunRow(f"run-{number}", f"rec-{number}", NOW_US, {**run.manifest, "detectors": [detector]}))
    many = replace(m, recordings=tuple(rows), runs=tuple(runs))
    report = build(many, [CARD])
    assert report.detector.endswith(f", {head}")
    text = text_of(to_html(report))
    said = head.startswith("thresholds")
    assert (f"judged at different thresholds ({head.removeprefix('thresholds ')}): flags" in text) is said
    assert ("at this threshold" in text) is not said
    assert "This threshold was not measured" not in text
    taught = build(many, []).detector  # whose card is not installed
    assert taught.endswith(f", {head}") is (None not in thresholds)


def test_days_of_several_detectors_name_them_all_and_claim_the_figures_of_none(week: Recording) -> None:
    m = material_of(week, analysis_of(week))
    (row,), (run,) = m.recordings, m.runs
    rows = tuple(replace(row, id=f"rec-{n}") for n in range(2))
    used = [{"name": NAME, "version": v, "threshold": 0.6} for v in (VERSION, "taught-1")]
    runs = tuple(RunRow(f"run-{n}", f"rec-{n}", NOW_US, {**run.manifest, "detectors": [d]}) for n, d in enumerate(used))
    both = f"{NAME} ({VERSION[:7]}) and {NAME} (taught-)"
    report = build(replace(m, recordings=rows, runs=runs), [CARD])
    assert report.detector == f"Detectors {both}, threshold 0.60"
    text = text_of(to_html(report))
    assert f"judged by different detectors ({NAME} {VERSION[:7]} and {NAME} taught-)" in text
    assert "at this threshold" not in text
    one = text_of(to_html(build(replace(m, recordings=rows[:1], runs=runs[:1]), [CARD])))
    assert "different detectors" not in one
    assert "at this threshold" in one


def test_thresholds_of_other_weeks_other_detectors_and_unknown_ones_are_not_claimed(week: Recording) -> None:
    m = material_of(week, analysis_of(week))
    (row,), (run,) = m.recordings, m.runs
    here = {"name": NAME, "version": VERSION, "threshold": 0.81}
    falls = {"name": "fall-waist", "version": "f", "threshold": 0.5}
    earlier = replace(row, id="earlier", streams=tuple(replace(s, interval=before(s.interval)) for s in row.streams))

    def head(other: RecordingRow, **settings: float) -> str:
        moved = {"name": NAME, "version": VERSION, "threshold": None if settings else 0.3}
        past = {**run.manifest, "detectors": [moved], "settings": settings}
        runs = (
            RunRow("there", other.id, NOW_US, past),
            replace(run, manifest={**run.manifest, "detectors": [here, falls]}),
        )
        return build(replace(m, recordings=(other, row), runs=runs), [CARD]).detector

    assert head(earlier).endswith(", threshold 0.81")
    assert head(replace(row, id="beside")).endswith(", thresholds 0.30 and 0.81")
    assert "threshold" not in head(replace(row, id="beside"), false_alarms_per_hour=2.0)


def test_the_threshold_of_a_taught_detector_that_flagged_nothing_is_told(week: Recording) -> None:
    m = material_of(week, analysis_of(week, flags=()))
    taught = {"name": NAME, "version": "taught", "threshold": 0.7}
    falls = {"name": "fall-waist", "version": "f", "threshold": 0.5}
    (run,) = m.runs
    runs = (replace(run, manifest={**run.manifest, "detectors": [falls, taught]}),)
    assert build(replace(m, runs=runs), []).detector == f"Detector {NAME} (taught), threshold 0.70"
    by = {"taught": "taught by R-01, 3 March 2026", "another": "taught by R-02, 4 March 2026"}
    told = build(replace(m, runs=runs, taught=by), []).detector
    assert told == f"Detector {NAME} (taught, taught by R-01, 3 March 2026), threshold 0.70"
    twice = (replace(run, manifest={**run.manifest, "detectors": [taught, {**taught, "name": NAME + "-2"}]}),)
    assert "threshold" not in build(replace(m, runs=twice), []).detector


def test_a_simulated_patient_says_so_in_the_head_and_the_foot() -> None:
    made = replace(worn_days(1), is_simulated=True)
    html = to_html(report_for_analysis(made, analysis_of(made)))
    assert text_of(html).count("Simulated patient") == 2
    assert "this patient is simulated" in text_of(html)


@pytest.mark.parametrize("code", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "P & Co"])
def test_a_code_is_text_wherever_it_stands(week: Recording, code: str) -> None:
    html = to_html(week_report(week, code=code))
    assert code not in html
    assert "<script" not in html
    assert "<img" not in html


def test_file_names_and_devices_are_text(week: Recording) -> None:
    bad = replace(week, device="<script>d</script>", source=replace(week.source, name="<script>n</script>.csv"))
    html = to_html(report_for_analysis(bad, analysis_of(bad)))
    assert "<script" not in html
    assert "&lt;script&gt;d&lt;/script&gt;" in html


def test_the_page_refers_to_nothing_outside_itself(week: Recording) -> None:
    html = to_html(week_report(week, doses=doses_at((3.0,), week)))
    assert not re.findall(r"(?:src|href)=|@import|url\((?!#)", html)
    assert "default-src 'none'" in html


def test_the_same_rows_give_the_same_text(week: Recording) -> None:
    assert to_html(week_report(week)) == to_html(week_report(week))


def test_doses_are_drawn_and_their_classes_have_numbers(week: Recording) -> None:
    report = week_report(week, doses=doses_at((0.0, 3.0), week))
    text = text_of(to_html(report))
    assert "Against the medication 14 doses." in text
    # The flag at 10 min lies in the first hour, the one at 2.5 h in the third.
    assert "7 in 14.0 h" in text
    assert "time since the last dose" in text
    assert "no dose was entered" not in text


def test_days_can_be_chosen_and_are_compared_with_those_before(week: Recording) -> None:
    start = week.interval.start
    report = week_report(week, span=Interval(start + 4 * DAY_US, start + 7 * DAY_US))
    assert [r.name for r in report.table] == ["Fri 6", "Sat 7", "Sun 8", "All 3 days", "The 4 days before"]
    with pytest.raises(MotionwardError, match="choose other days"):
        week_report(week, span=Interval(start - 9 * DAY_US, start - 8 * DAY_US))


def test_a_short_file_without_a_date_is_drawn_in_strips_with_its_probability() -> None:
    walk = replace(recording_of([(0.0, moving(1500, 20.0, channels=3))], 20.0), clock=Clock.RELATIVE, zone=None)
    report = report_for_analysis(walk, analysis_of(walk, [(290.0, 20.0)]))
    html = to_html(report)
    assert [s.label for s in report.raster.strips] == [f"0:{m:02d}:00" for m in (0, 5, 10, 15, 20)]
    assert 'class="trace"' in html
    assert "this file has no date" in html
    assert "not enough wear to say" in html
    assert "under 1 h" in html
    # A flag over the border of two strips is drawn in both, and counted once.
    assert [len(s.lane.episodes) for s in report.raster.strips] == [1, 1, 0, 0, 0]
    assert [r.cells[2] for r in report.table] == ["1", "0", "0", "0", "0", "1"]
    # Its time lies in both: 10 s of five minutes each, and no strip has more flagged than judged.
    assert [r.cells[-1] for r in report.table] == ["3.3 %", "3.3 %", "0.00 %", "0.00 %", "0.00 %", "1.3 %"]


def test_where_rates_are_forbidden_there_is_none(week: Recording) -> None:
    analysis = analysis_of(week, [(600.0, 12.0)], why_not="The clock of this recording cannot be right.")
    report = report_for_analysis(week, analysis)
    assert "no rate may be given. The clock of this recording cannot be right." in report.answer.first
    assert {row.cells[4] for row in report.table} == {"–"}


def test_a_recording_nobody_could_judge_says_why() -> None:
    made = worn_days(1)
    whole = [(0.0, 6 * 3600.0, "no detector of freezing of gait for a sensor at: hand")]
    text = text_of(to_html(report_for_analysis(made, analysis_of(made, flags=[], not_judged=whole))))
    assert "Nothing could be judged for freezing of gait: no detector of freezing of gait" in text
    assert "No detector judged this sensor" in text


def test_the_day_the_clock_goes_forward_has_its_wear_in_place() -> None:
    # Sunday 29 March 2026 in Berlin: 02:00 becomes 03:00. Worn 00:30 to 06:30 by the clock, five hours.
    start = 1_774_740_600_000_000
    night = recording_of([(0.0, moving(5 * 3600, 4.0, channels=3))], 4.0, start_us=start)
    report = report_for_analysis(night, analysis_of(night, [(4 * 3600.0, 12.0)]))
    (row,) = [r for r in report.table if not r.kind]
    assert row.name == "Sun 29"
    assert row.cells[0] == "5.0"
    (strip,) = report.raster.strips
    assert len(strip.pieces) == 2  # before and after the change
    assert strip.pieces[1][1] > strip.pieces[0][2]  # an hour of the axis lies between them, and shows nothing


def test_the_hour_that_the_clock_shows_twice_is_not_drawn_over_itself() -> None:
    # Sunday 25 October 2026 in Berlin: 03:00 becomes 02:00. Worn from 00:30 for seven hours.
    start = 1_792_881_000_000_000
    night = recording_of([(0.0, moving(7 * 3600, 4.0, channels=3))], 4.0, start_us=start)
    report = report_for_analysis(night, analysis_of(night, [(7200.0, 12.0), (10_800.0, 12.0)]))  # 02:30, both times
    (strip,) = report.raster.strips
    assert [round(24 * x, 6) for _, *shares in strip.pieces for x in shares] == [0, 2, 2, 2.5, 2.5, 3, 3, 24]
    assert strip.pieces[0][0].end == strip.pieces[1][0].start == start + 5_400_000_000
    assert "Sun 25: the clock went back from 03:00 to 02:00; both hours side by side" in report.raster_head


def test_ticks_grow_with_the_length_and_stay_in_the_row() -> None:
    shares = [tick_share(s * 1_000_000) for s in (0, 1, 2, 10, 40, 400)]
    assert shares == sorted(shares)
    assert shares[0] == shares[2] == 0.25
    assert shares[-1] == shares[-2] == 1.0


def test_the_exported_table_has_both_times_and_tames_formulas(week: Recording) -> None:
    m = material_of(week, analysis_of(week, [(600.0, 12.0)]))
    patient = PatientRow("=cmd|x", "Europe/Berlin", False, 0)
    header, row = patient_episodes_csv(patient, m.recordings, m.episodes).splitlines()
    assert header == ",".join(EXPORT_COLUMNS)
    cells = dict(zip(EXPORT_COLUMNS, row.split(","), strict=True))
    assert cells["patient"] == "'=cmd|x"
    assert cells["start_utc"] == "2026-03-02T06:10:00.000000Z"
    assert cells["start_local"] == "2026-03-02T07:10:00.000+01:00"
    assert cells["verdict"] == ""
