"""The column mapper: what the columns of a table mean, with guesses, their reasons and a minute of what comes of it."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clinic.intake_preview.mapped import Trial, roles_of, rows_html, tried, whys_html
from clinic.intake_preview.words import places, worn_words
from clinic.pages.opened import home
from clinic.site import save_profile
from clinic.timeline.html import answer_html
from data.readers.columns import TableLook, look_at
from data.readers.guessing import UNIT_OPEN, Guess, guess
from data.readers.mapping import ACC_UNITS, GYRO_UNITS, TIME_UNITS, Mapping, SensorColumns, Triad, numbers_of, toml_of
from data.recording import Placement, Side, placement_named

_STYLE = Path(__file__).with_name("import_.css")
_SINCE = " since 1970"
_LOCAL = " since 1970, wall clock"
_TIMES = [*TIME_UNITS, *(f"{u}{s}" for s in (_SINCE, _LOCAL) for u in ("s", "ms", "us", "ns"))]
_NOWHERE = "unknown"


def mapper(path: Path, zone: str | None) -> str | None:
    """Draw the mapper for a table; the name of the profile once it was saved, ``""`` when it was left, else None."""
    look = look_at(path)
    first = guess(look)
    st.html(_STYLE)
    st.html(
        answer_html(
            "",
            f"What do the columns of {path.name} mean?",
            "Check the guesses. The profile is used again for every table with this header.",
        )
    )
    left, right = st.columns([7, 6])
    with right:
        mapping = _asked(look, first)
    open_units = any(t is not None and not t.unit for s in mapping.sensors for t in (s.acc, s.gyro))
    trial = Trial("Nothing tells one of the units: say it.") if open_units else tried(mapping, look, zone)
    with left:
        st.html(rows_html(look, roles_of(mapping)))
        if trial.problem:
            st.html(f'<div class="mw-note">{escape(trial.problem)}</div>')
        for caption, picture in trial.plots:
            st.html(f'<div class="mw-head">{escape(caption)}</div>')
            st.image(picture, width="stretch")
        said = "".join(f"<li>{escape(f)}</li>" for f in trial.facts)
        st.html(f'<ul class="mw-guess">{said}</ul>{whys_html(_whys(first))}')
    return _saved(right, mapping, look, is_ready=not trial.problem)


def _saved(place: DeltaGenerator, mapping: Mapping, look: TableLook, *, is_ready: bool) -> str | None:
    with place:
        name = st.text_input("Name of the profile", value=look.path.stem[:40].lower(), key=f"map name {look.path}")
        save, leave = st.columns(2)
    if save.button("Save and read with it", type="primary", disabled=not is_ready, key="map save"):
        return save_profile(home(), name, toml_of(replace(mapping, title=name), look)).name
    return "" if leave.button("Back without saving", key="map leave") else None


def _whys(first: Guess) -> list[tuple[str, str]]:
    words = {"acc": "acceleration", "acc_unit": "its unit", "gyro": "rotation", "gyro_unit": "its unit",
             "placement": "where worn"}  # fmt: skip
    many = len(first.sensor_whys) > 1
    lines = [("time", first.time_why)]
    for number, whys in enumerate(first.sensor_whys, 1):
        lines += [((f"sensor {number}, " if many else "") + words[k], why) for k, why in whys.items()]
    signs = "As they are: a picture of gravity cannot tell a mirrored axis. Choose −column to turn one round."
    return [*lines, ("order and signs", signs)]


def _asked(look: TableLook, first: Guess) -> Mapping:
    """The mapping as it stands in the form; its fields begin with the guess. A unit not said yet is empty."""
    begun = first.mapping
    everything = list(range(1, len(look.columns) + 1))
    a, b, c = st.columns([5, 4, 2])
    time = a.selectbox(
        "Time", [None, *everything], index=0 if begun.time is None else everything.index(begun.time) + 1,
        format_func=lambda n: "no column: rows follow evenly" if n is None else look.label(n),
        key=f"map time {look.path}",
    )  # fmt: skip
    shown = begun.time_unit + (_LOCAL if begun.is_local else _SINCE if begun.since_1970 else "")
    unit = b.selectbox("in", _TIMES, index=_TIMES.index(shown), disabled=time is None, key=f"map unit {look.path}")
    rate = c.number_input("Rate, Hz", min_value=0.0, value=begun.rate_hz or 0.0, key=f"map rate {look.path}")
    many = int(
        st.number_input("Sensors in the table", 1, 12, max(1, len(begun.sensors)), key=f"map sensors {look.path}")
    )
    sensors = [*begun.sensors, *[SensorColumns(None, None)] * many][:many]
    whys = [*first.sensor_whys, *[{}] * many][:many]
    return replace(
        begun,
        time=time,
        time_unit=unit.split(" ")[0],
        since_1970=_SINCE in unit,
        is_local=_LOCAL in unit,
        rate_hz=rate or None,
        date=begun.date if time == begun.time else None,
        sensors=tuple(_sensor(look, s, k, w) for k, (s, w) in enumerate(zip(sensors, whys, strict=True), 1)),
    )


def _sensor(look: TableLook, begun: SensorColumns, number: int, whys: ReadOnly[str, str]) -> SensorColumns:
    key = f"{number} {look.path}"
    with st.container(border=True):
        worn = worn_words(begun.placement, begun.side)
        options = list(dict.fromkeys([worn, *places(), _NOWHERE]))
        a, b, c = st.columns([4, 4, 2])
        chosen = a.selectbox(f"Sensor {number} worn at", options, key=f"map worn {key}")
        apart = b.selectbox(
            "Only rows where", [None, *numbers_of(look)], key=f"map where {key}",
            format_func=lambda n: "all rows" if n is None else look.label(n),
            index=0 if begun.where is None else list(numbers_of(look)).index(begun.where[0]) + 1,
        )  # fmt: skip
        value = c.number_input("is", value=begun.where[1] if begun.where else 0.0, disabled=apart is None,
                               key=f"map value {key}")  # fmt: skip
        acc, gyro = (
            _triad(
                look, word, of, known, f"{part} {key}", is_open=whys.get(f"{part}_unit") == UNIT_OPEN[f"{part}_unit"]
            )
            for word, part, of, known in (
                ("Acceleration", "acc", begun.acc, ACC_UNITS),
                ("Rotation", "gyro", begun.gyro, GYRO_UNITS),
            )
        )
    placement, side = placement_named(chosen) if chosen != _NOWHERE else (Placement.UNKNOWN, Side.UNKNOWN)
    return SensorColumns(acc, gyro, placement, side, None if apart is None else (apart, float(value)))


def _triad(
    look: TableLook, word: str, begun: Triad | None, units: tuple[str, ...], key: str, *, is_open: bool
) -> Triad | None:
    """Three columns as x, y and z, −column where the axis points the other way; None while one is missing.

    A unit that nothing tells (``is_open``) is asked for: until it is said it is empty.
    """
    options = [None, *numbers_of(look), *(-n for n in numbers_of(look))]
    picked = []
    # Two lines: five fields beside one another cut the names of columns to a few letters.
    fields = [*st.columns(3), *st.columns([1, 1, 1])[:2]]
    for k, axis in enumerate("xyz"):
        first = begun.columns[k] * begun.signs[k] if begun else None
        picked.append(
            fields[k].selectbox(
                f"{word} {axis}" if k == 0 else axis, options, index=options.index(first), key=f"map {axis} {key}",
                format_func=lambda n: "none" if n is None else ("−" if n < 0 else "") + look.label(abs(n)),
            )
        )  # fmt: skip
    present = None if is_open else units.index(begun.unit) if begun else 0
    unit = fields[3].selectbox("unit", units, index=present, key=f"map unit {key}", placeholder="say it")
    scale = fields[4].number_input(
        "one count is", value=begun.scale if begun else 1.0, format="%.6g", step=None, key=f"map scale {key}"
    )
    numbers = [n for n in picked if n is not None]
    if len(numbers) < 3:
        return None
    x, y, z = numbers
    signs = (1 if x > 0 else -1, 1 if y > 0 else -1, 1 if z > 0 else -1)
    return Triad((abs(x), abs(y), abs(z)), unit or "", signs, float(scale))
