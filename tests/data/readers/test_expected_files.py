"""Every real device file: its format, rate, span, count, gaps, means and deviations, or why it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read, sniff
from data.recording import Clock, Recording
from data.units import DEGREES, STANDARD_GRAVITY
from tests.data.readers.expected import CORRUPT_CWA, US, check_values, figures, instant, samples_of

G = 1 / STANDARD_GRAVITY
SHIMMER = {"Accel_LN_{}_CAL [m/(s^2)]": G, "Gyro_{}_CAL [deg/s]": 1.0}
MPS2, RADPS = {"{}_mps2": G}, {"{}_radps": DEGREES}


@dataclass(frozen=True)
class Read:
    """What a file reads as, beside the figures that were noted.

    ``columns``: the noted titles of its channels, three axes each, with what makes them ours; as found where empty.
    ``near``: how far the rate may be from the noted one, as a share.
    ``same_as``: the file of the same recording whose channels were noted, where its own were not.
    """

    format: str
    columns: dict[str, float] = field(default_factory=dict)
    clock: Clock = Clock.ABSOLUTE
    rate: str = "nominal_hz"
    near: float = 5e-4
    is_interpolated: bool = False
    axes: str = "xyz"
    same_as: str = ""


READ = {
    "actigraph/actigraph.gt3x": Read("actigraph"),
    "actigraph/ISM_Disabled.gt3x": Read("actigraph"),
    "actigraph/ISM_Enabled.gt3x": Read("actigraph"),
    "actigraph/TAS1H30182785_2019-09-17.gt3x": Read("actigraph"),
    "actigraph/neo.csv": Read("table"),
    "actigraph/neo.gt3x": Read("actigraph"),
    "apdm_opal/apdm_sample_lumbar_rightfoot.h5": Read("apdm"),
    "axivity/ax3_sample.cwa": Read("axivity"),
    "axivity/ax3_testfile.cwa": Read("axivity"),
    CORRUPT_CWA: Read("axivity"),
    "axivity/ax6_sample.cwa": Read("axivity"),
    "axivity/ax6_testfile.cwa": Read("axivity"),
    "empatica_e4/long/ACC.csv": Read("empatica-e4"),
    "empatica_e4/short_with_tags/ACC.csv": Read("empatica-e4"),
    "empatica_embraceplus/test_data.avro": Read("empatica-embraceplus"),
    "faros_edf/testfile_read.EDF": Read("edf"),
    # Its stamps wander, so its samples are interpolated onto an even grid.
    "garmin_csv/acc.csv": Read("table", {"{}_g": 1.0}, is_interpolated=True),
    "geneactiv/geneactiv.bin": Read("geneactiv"),
    "geneactiv/GENEActiv_testfile.bin": Read("geneactiv"),
    "geneactiv/gnactv_sample.bin": Read("geneactiv"),
    "mobilised_mat/HA001/data.mat": Read("mobilise-d"),
    "mobilised_mat/missing_sensor/data.mat": Read("mobilise-d"),
    # It gives its rows in bursts: only the rate over the whole second and a half can be known.
    "muse_mind_monitor/read_test_data.csv": Read("muse", rate="mean_hz", near=0.05),
    # The figures that came with the files are those of a product that wrapped round in 16 bits; and a Parmay Matrix
    # runs 2.5 % faster than its name says, and its files do not name a rate.
    "parmay_matrix/mtx_12.5Hz_acc_gyro.BIN": Read("parmay-matrix", rate="effective_hz"),
    "parmay_matrix/mtx_25Hz_acc_HR.BIN": Read("parmay-matrix", rate="effective_hz"),
    # What was noted is the most frequent step of stamps that have two decimals.
    "parquet/example_data_2min.parquet": Read("parquet", {"acc_{}": 1.0, "gyro_{}": 1.0}, near=5e-3),
    "phyphox_ios/Gyroscope.csv": Read("table", RADPS, Clock.ABSOLUTE),
    "phyphox_ios/other_recording/Accelerometer.csv": Read("table", MPS2, Clock.RELATIVE),
    "sensor_logger_android/2023-11-24_07-25-54.zip": Read("zip", {"{}": G}),
    # Apple devices count acceleration along gravity: it is turned round.
    "sensor_logger_apple_watch/WatchAccelerometerUncalibrated.csv": Read("sensor-logger", {"{}_g": -1.0}),
    "sensor_logger_apple_watch/WristMotion.csv": Read("table", {"rotationRate{}": DEGREES}, axes="XYZ"),
    # 90 rows in bursts.
    "shimmer/shimmer3_consensys_semicolon.csv": Read("table", SHIMMER, near=0.03, axes="XYZ"),
    "shimmer/triaxcal_calibrated.csv": Read("table", SHIMMER, axes="XYZ"),
    "shimmer/triaxcal_sample.bin": Read("shimmer", SHIMMER, axes="XYZ", same_as="shimmer/triaxcal_calibrated.csv"),
    # Its clock loses 0.16 %, and wanders.
    "tsdf_verily/imu_values.bin": Read("tsdf", {"acc_{}_mps2": G, "gyr_{}_dps": 1.0}, near=2e-3, is_interpolated=True),
    "wfdb/faros_from_edf.hea": Read("wfdb"),
    "xsens_mtw/MT_012005D6_009-001_00B421ED.txt": Read("table", {"Acc_{}": G}, Clock.RELATIVE, axes="XYZ"),
}
REFUSED = {
    CORRUPT_CWA: "6 of its 145 blocks are damaged",
    "edf_annotations/test_edfann.edf": "annotations but no signals",
    **{
        f"empatica_e4/{folder}/{name}.csv": "single column"
        for folder in ("long", "short_with_tags")
        for name in ("BVP", "EDA", "HR", "TEMP")
    },
    "garmin_fit/MonitoringFile.fit": "a Garmin FIT file",
    "motion_bids/sub-01/motion/sub-01_task-pullstand_tracksys-mocap_motion.tsv": (
        r"no acceleration or rotation \(channels of type POS\)"
    ),
    "movella_dot/LF3_20241209_1137.csv": "gravity taken out",
    "movella_dot/Pelvis_20210820_202113_836.csv": "gravity taken out",
    "movella_dot/RF2_20241209_1137.csv": "gravity taken out",
    "phyphox_ios/Linear Accelerometer.csv": "gravity taken out",
    "wfdb/mixedsignals.hea": "no acceleration or rotation",
}
LEADS = {"apdm_opal/apdm_sample_lumbar_rightfoot.h5": ["Lumbar_", "Right_Foot_"]}
"""Where the sensors of one file were noted together, what the titles of each begin with."""


def test_no_file_is_left_without_an_answer(device_files: Path) -> None:
    assert sorted({*READ, *REFUSED}) == sorted(figures(device_files))


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_without_a_recording_is_refused_with_its_reason(device_files: Path, name: str) -> None:
    with pytest.raises(RecordingError, match=REFUSED[name]):
        read(device_files / name)


@pytest.mark.parametrize("name", READ)
def test_a_file_reads_as_it_was_found_to_be(device_files: Path, name: str) -> None:
    path, how = device_files / name, READ[name]
    told = {**figures(device_files).get(how.same_as, {}), **figures(device_files)[name]}
    assert sniff(path) == how.format
    recording = read(path, lenient=name in REFUSED)
    assert recording.clock is how.clock
    for i, lead in enumerate(LEADS.get(name, [""])):
        _check_count_and_rate(recording, i, how, told)
        if "mobilised" not in name and "parmay" not in name:
            _check_channels(samples_of(recording, i), how, told, lead)
    assert len(recording.streams) == len(LEADS.get(name, [""]))
    _check_span(recording, how, told)


def _check_count_and_rate(recording: Recording, at: int, how: Read, told: dict[str, Any]) -> None:
    stream = recording.streams[at]
    count = sum(s.n_samples for s in stream.segments)
    assert count == told["samples"]
    assert stream.rate_hz == pytest.approx(told[how.rate], rel=how.near)
    longest = max(stream.segments, key=lambda s: s.n_samples)
    if "effective_hz" in told:
        assert longest.rate_hz == pytest.approx(told["effective_hz"], rel=5e-4)
    if isinstance(told.get("gaps"), int):
        assert len(stream.gaps) == told["gaps"]
    if "seconds_missing" in told:
        assert sum(g.duration for g in stream.gaps) / US == pytest.approx(told["seconds_missing"], abs=0.01)


def _check_span(recording: Recording, how: Read, told: dict[str, Any]) -> None:
    step = US / max(recording.streams[0].segments, key=lambda s: s.n_samples).rate_hz
    first, last = recording.interval.start, recording.interval.end - step
    if how.clock is Clock.RELATIVE:
        seconds = told["last_s"] - told["first_s"] if "last_s" in told else (told["samples"] - 1) / told["nominal_hz"]
        assert (first, last / US) == (0, pytest.approx(seconds, abs=0.01))
        return
    kind = "utc" if "first_utc" in told else "local"
    if f"first_{kind}" in told:
        assert abs(first - instant(told[f"first_{kind}"])) < 0.06 * US
    if f"last_{kind}" in told:
        assert abs(last - instant(told[f"last_{kind}"])) < 0.085 * US


def _check_channels(values: np.ndarray, how: Read, told: dict[str, Any], lead: str) -> None:
    noted = told["channels_mean_std"]
    columns = how.columns
    if not columns:
        endings = {"acc_{}_g": 1.0, "acc_{}_mps2": G, "gyr_{}_dps": 1.0, "gyr_{}_radps": DEGREES}
        columns = {lead + title: factor for title, factor in endings.items() if lead + title.format("x") in noted}
    wanted = [noted[title.format(axis)] for title in columns for axis in how.axes]
    factors = [factor for factor in columns.values() for _ in how.axes]
    # Acceleration that is put together of two columns has no figures of its own: it is compared sample by sample.
    check_values(values[:, -len(wanted) :], wanted, factors, loosely=how.is_interpolated)
    if "mean_norm_acc_g" in told:
        length = np.linalg.norm(values[:, :3].astype(np.float64), axis=1).mean()
        assert length == pytest.approx(told["mean_norm_acc_g"], abs=2e-3 if how.is_interpolated else 2e-5)
