"""The two freezing-of-gait sets of TLVMC (Kaggle 2023): tdcsfog (laboratory) and defog (home).

Howard et al. 2023; Salomon et al., Nat Commun 15, 2024, 4853. ``Time`` counts samples:
at 128 Hz and in m/s² in tdcsfog, at 100 Hz and in g in defog, whose labels count only
where ``Valid`` and ``Task`` are true.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers._dialect import Dialect, to_number
from data.readers._format import Request
from data.readers._table import Layout, Marker, Numbers, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording, Side
from data.units import acceleration_unit_at_rest, rest_magnitude

_AXES = ("accv", "accml", "accap")
_KINDS = ("starthesitation", "turn", "walking")


def fits(dialect: Dialect) -> bool:
    """Whether a table has the columns of these sets and counts samples from row to row."""
    titles = _titles(dialect)
    if not {"time", *_AXES} <= set(titles):
        return False
    at = titles.index("time")
    times = np.array([to_number(row[at], dialect.decimal) for row in dialect.rows[:500]])
    return bool(np.median(np.diff(times)) == 1) if len(times) > 1 else False


def read(request: Request) -> Recording:
    """One stream at the lower back; freezing, and in defog what nobody annotated, as annotations."""
    assert request.dialect is not None
    titles = _titles(request.dialect)
    key = {title: f"c{i}" for i, title in enumerate(titles)}
    at_home = {"valid", "task"} <= set(titles)
    unit = _unit(request)
    told = "the columns Valid and Task" if at_home else "the length of the acceleration at rest"
    if at_home != (unit == "g") and at_home:
        raise RecordingError(
            request.path.name,
            f"it has the columns of defog, which is in g, but its acceleration at rest looks like {unit}",
            "check whether the values were converted, and give a profile that says the unit",
        )
    rate, name = (100.0, "defog (home)") if unit == "g" else (128.0, "tdcsfog (laboratory)")
    site = Site(
        Placement.LOWER_BACK,
        Side.MIDDLE,
        tuple((f"acc_{a}", ((key[c], 1.0),)) for a, c in zip("xyz", _AXES, strict=True)),
        acc_unit=unit,
    )
    layout = Layout(
        sites=(site,),
        time=TimeColumn("samples", key["time"], rate_hz=rate),
        device="TLVMC lower-back accelerometer",
        markers=_markers(key),
        nominal_hz=rate,
        assumptions=(
            f"Read as a file of {name}, told by {told}: Time counts samples at {rate:g} Hz, acceleration in {unit}.",
            "Sensor on the lower back; axes vertical, mediolateral, anteroposterior as x, y, z.",
        ),
    )
    return read_as(request, layout)


def _titles(dialect: Dialect) -> list[str]:
    return [name.strip().lower() for name in dialect.names or ()]


def _unit(request: Request) -> str:
    """g or m/s²; both sets share their columns."""
    dialect = request.dialect
    assert dialect is not None
    titles = _titles(dialect)
    at = [titles.index(a) for a in _AXES]
    values = np.array([[to_number(row[i], dialect.decimal) for i in at] for row in dialect.rows], dtype=np.float32)
    length = rest_magnitude(values, 100.0)
    unit = None if length is None else acceleration_unit_at_rest(length)
    if unit not in ("g", "m/s²"):
        raise RecordingError(
            request.path.name,
            f"its acceleration is {0.0 if length is None else length:.4g} long at rest, neither 1 g nor 9.81 m/s²",
            "give the unit in a profile",
        )
    return unit


def _markers(key: dict[str, str]) -> tuple[Marker, ...]:
    kinds = tuple(key[k] for k in _KINDS if k in key) or tuple(key[k] for k in ("event",) if k in key)
    valid = tuple(key[k] for k in ("valid", "task") if k in key)

    def annotated(n: Numbers) -> NDArray[np.bool_]:
        return np.asarray(np.logical_and.reduce([n[c] == 1 for c in valid]), dtype=np.bool_)

    def frozen(n: Numbers) -> NDArray[np.bool_]:
        any_kind: NDArray[np.bool_] = np.logical_or.reduce([n[c] > 0 for c in kinds])
        return any_kind & annotated(n) if valid else any_kind

    out: list[Marker] = []
    if kinds:
        out.append(Marker("freezing of gait", (*kinds, *valid), frozen))
    if valid:
        out.append(Marker("not annotated", valid, lambda n: ~annotated(n)))
    return tuple(out)
