"""Reading the names of columns, files and EDF signals: which sensor, axis, unit and place they speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.names import SIDES, tokens
from data.recording import Placement, Side
from data.units import is_acceleration, is_rotation, unit_named

_PLACES = {
    Placement.LOWER_BACK: (
        "lumbar",
        "lowerback",
        "back",
        "l3",
        "l4",
        "l5",
        "sacrum",
        "sacral",
        "pelvis",
        "lback",
        "su",
    ),
    Placement.TRUNK: ("trunk", "torso"),
    Placement.WAIST: ("waist", "belt", "hip"),
    Placement.CHEST: ("chest", "sternum", "thorax", "breast"),
    Placement.WRIST: ("wrist", "watch"),
    Placement.HAND: ("hand", "finger"),
    Placement.THIGH: ("thigh", "upperleg", "femur", "pocket"),
    Placement.ANKLE: ("ankle", "shank", "shin", "tibia", "lowerleg", "calf"),
    Placement.FOOT: ("foot", "feet", "shoe", "heel", "toe", "instep"),
}
_PLACE_OF = {word: place for place, words in _PLACES.items() for word in words}
_LOOSE = {"pelvis", "sacrum", "sacral", "hip", "pocket", "shank", "shin", "tibia", "lowerleg", "calf", "sternum",
          "thorax", "heel", "toe", "finger", "watch", "back"}  # fmt: skip
_MIDLINE = (Placement.LOWER_BACK, Placement.TRUNK, Placement.CHEST)

_ACC = {"acc", "accel", "accelerometer", "acceleration", "accelero", "a", "accelerations", "acl", "accl", "xl"}
_GYRO = {"gyr", "gyro", "gyroscope", "rotation", "rotationrate", "omega", "w", "angular", "angularvelocity", "angvel",
         "gyros"}  # fmt: skip
_OTHER = {"mag", "magn", "magnetometer", "magnetic", "quat", "quaternion", "euler", "mat", "orientation", "attitude",
          "roll", "pitch", "yaw", "pos", "position", "velocity", "vel", "temp", "temperature", "pressure", "ecg", "emg",
          "battery", "heading", "location", "jerk", "angle", "vm", "norm", "magnitude", "enmo", "m"}  # fmt: skip
_WITHOUT_GRAVITY = {"linear", "user", "free", "lin", "useracceleration", "freeacc", "linacc", "dynamic"}
_GRAVITY = {"gravity", "grav"}
_NOISE = {"cal", "calibrated", "data", "sensor", "imu", "value", "val", "list", "axis", "rate", "ch", "channel",
          "signal", "motion", "raw", "uncal", "uncalibrated", "in", "of", "the"}  # fmt: skip
_AXES = {"x": "x", "y": "y", "z": "z", "v": "x", "ml": "y", "ap": "z", "vt": "x",
         "vertical": "v", "mediolateral": "ml", "anteroposterior": "ap", "lateral": "l", "forward": "f"}  # fmt: skip
_GLUED = re.compile(r"^(acc|accel|acceleration|accelerometer|gyr|gyro|gyroscope|rot|a|g|w|gravity)_?(x|y|z|v|ml|ap)$")
_GLUED_PLACE = re.compile(r"^(left|right|l|r)(" + "|".join(sorted(_PLACE_OF, key=len, reverse=True)) + r")$")
_BRACKETS = re.compile(r"[\(\[\{]\s*(.+?)\s*[\)\]\}]\s*$")
_SUFFIX = re.compile(
    r"[ _.\-](mm_s2|m_s2|m_s_2|m_per_s2|mps2|ms2|m/s2|m/s\^2|m/s²|mrad_s|rad_s|rad_per_s|radps|rad/s|[cm]?deg_s"
    r"|deg_per_s|degps|[cm]?deg/s|[cm]?dps|mg|g|ms|us|µs|ns|s|sec|secs|seconds|millis|micros|nanos)$",
    re.IGNORECASE,
)
_WORDY_UNITS = {"mps2": "m/s²", "radps": "rad/s", "degps": "°/s"}


@dataclass(frozen=True, slots=True)
class Name:
    """What a column's name says.

    Parameters
    ----------
    kind
        ``acc``, ``gyro``, ``linear`` (gravity taken out), ``gravity``, ``bare`` (an axis, nothing else), ``other``.
    axis
        ``x``, ``y``, ``z``, or an anatomical axis; empty where there is none.
    unit
        Canonical spelling; None when not said.
    place
        The words that are left: where, or which device.
    quality
        ``raw`` or ``cal`` or a range's name, where the device gives several versions.
    """

    kind: str
    axis: str
    unit: str | None
    place: tuple[str, ...]
    quality: str


def read_name(text: str, unit_row: str | None = None, *, is_anatomical: bool = False) -> Name:
    """What a column called ``text`` holds.

    Parameters
    ----------
    unit_row
        What a row of units says of it.
    is_anatomical
        Whether x, y and z of its table are vertical, mediolateral and anteroposterior: yaw then turns about x.
    """
    plain, unit = _unit_of(text.strip(), unit_row)
    words: list[str] = []
    for word in tokens(plain):
        glued = _GLUED.match(word)
        words.extend(("gyro" if glued[1] in ("g", "w", "rot") else glued[1], glued[2]) if glued else (word,))
    if "rotation" in words and "matrix" in words:
        return Name("other", "", unit, tuple(words), "")
    turn = next((w for w in words if w in ("roll", "pitch", "yaw")), None)
    if turn and (is_rotation(unit) or {"velocity", "rate", "speed"} & set(words)):
        about = {"yaw": "x", "pitch": "y", "roll": "z"} if is_anatomical else {"roll": "x", "pitch": "y", "yaw": "z"}
        place = tuple(w for w in words if w not in _OTHER | _GYRO | _NOISE | {"speed"})
        return Name("gyro", about[turn], unit, place, "")
    axes = [w for w in words if w in _AXES]
    axis = axes[-1] if axes else ""
    kind = _kind_of(words, unit, axis)
    raw = any(w in ("raw", "uncal", "uncalibrated") for w in words) and unit is None
    versions = [w for w in words if w in ("ln", "wr", "lownoise", "widerange")]
    known = _ACC | _GYRO | _OTHER | _WITHOUT_GRAVITY | _GRAVITY | _NOISE | set(versions) | {axis}
    place = tuple(w for w in words if w not in known)
    return Name(kind, _AXES.get(axis, ""), unit, place, "raw" if raw else "".join(versions))


def _unit_of(text: str, unit_row: str | None) -> tuple[str, str | None]:
    if unit_row and (unit := unit_named(unit_row)):
        return text, unit
    bracket = _BRACKETS.search(text)
    if bracket and bracket.start():
        return text[: bracket.start()], unit_named(bracket[1])
    suffix = _SUFFIX.search(text)
    if suffix:
        unit = _WORDY_UNITS.get(suffix[1].lower()) or unit_named(suffix[1])
        return text[: suffix.start()], unit
    return text, None


def _kind_of(words: list[str], unit: str | None, axis: str) -> str:
    here = set(words)
    claims = (
        ("other", not axis),
        ("linear", bool(here & _WITHOUT_GRAVITY)),
        ("gravity", bool(here & _GRAVITY)),
        ("gyro", bool(here & _GYRO) and not here & (_ACC - {"a"})),
        ("other", bool(here & _OTHER)),
        ("acc", bool(here & _ACC) or is_acceleration(unit)),
        ("gyro", is_rotation(unit)),
    )
    return next((kind for kind, holds in claims if holds), "bare")


def place_of(words: tuple[str, ...] | list[str]) -> tuple[Placement, Side, tuple[str, ...], str | None]:
    """Placement and side that words name, the words left over, and the word that was taken loosely, if any."""
    split: list[str] = []
    for word in words:
        glued = _GLUED_PLACE.match(word)
        split.extend((glued[1], glued[2]) if glued else (word,))
    joined: list[str] = []
    for word in split:
        if joined and joined[-1] + word in ("lowerback", "upperleg", "lowerleg"):
            joined[-1] += word
        else:
            joined.append(word)
    place = next((w for w in joined if w in _PLACE_OF), None)
    if place is None:
        return Placement.UNKNOWN, Side.UNKNOWN, tuple(joined), None
    placement = _PLACE_OF[place]
    side_word = next((w for w in joined if w in SIDES), None)
    side = SIDES[side_word] if side_word else Side.MIDDLE if placement in _MIDLINE else Side.UNKNOWN
    rest = tuple(w for w in joined if w not in (place, side_word))
    return placement, side, rest, place if place in _LOOSE else None
