"""Sample by sample, real files read as a second reader reads them that shares no code with ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.readers import read
from data.units import DEGREES, STANDARD_GRAVITY
from tests.data.readers import independent as by
from tests.data.readers.expected import CORRUPT_CWA, samples_of

G = 1 / STANDARD_GRAVITY
SIX = np.array([G] * 3 + [1.0] * 3)
WATCH = [f"{kind}{axis}" for kind in ("gravity", "acceleration", "rotationRate") for axis in "XYZ"]


def _shimmer(path: Path, sep: str, device: str) -> np.ndarray:
    titles = [f"{device}_{kind}_{axis}_CAL" for kind in ("Accel_LN", "Gyro") for axis in "XYZ"]
    return by.text_columns(path, titles, sep=sep, skiprows=[0, 2], index_col=False) * SIX


def _wrist_motion(path: Path) -> np.ndarray:
    table = by.text_columns(path, WATCH)
    return np.hstack([-(table[:, :3] + table[:, 3:6]), table[:, 6:] * DEGREES])


def _muse(path: Path) -> np.ndarray:
    titles = [f"{kind}_{axis}" for kind in ("Accelerometer", "Gyro") for axis in "XYZ"]
    table = pd.read_csv(path)
    return table[table["Elements"].isna()][titles].to_numpy(np.float64)


_FAROS = [f"Accelerometer_{axis}" for axis in "XYZ"]
SECOND: dict[str, Callable[[Path], np.ndarray]] = {
    "actigraph/ISM_Disabled.gt3x": by.gt3x_log,
    "actigraph/ISM_Enabled.gt3x": by.gt3x_log,
    "actigraph/TAS1H30182785_2019-09-17.gt3x": by.gt3x_log,
    "actigraph/actigraph.gt3x": by.by_actfast,
    "actigraph/neo.csv": lambda p: by.text_columns(p, [0, 1, 2], skiprows=11, header=None),
    "axivity/ax3_sample.cwa": by.by_actfast,
    "axivity/ax3_testfile.cwa": by.cwa_blocks,
    CORRUPT_CWA: lambda p: by.cwa_blocks(p, without=(0, 13, 14, 142, 143, 144)),
    "axivity/ax6_sample.cwa": by.cwa_blocks,
    "axivity/ax6_testfile.cwa": by.cwa_blocks,
    "empatica_e4/long/ACC.csv": lambda p: by.text_columns(p, [0, 1, 2], skiprows=2, header=None) / 64,
    "empatica_e4/short_with_tags/ACC.csv": lambda p: by.text_columns(p, [0, 1, 2], skiprows=2, header=None) / 64,
    "empatica_embraceplus/test_data.avro": by.avro_session,
    "faros_edf/testfile_read.EDF": lambda p: by.edf_signals(p, _FAROS) / 1000,
    "geneactiv/GENEActiv_testfile.bin": by.geneactiv_pages,
    "geneactiv/geneactiv.bin": by.geneactiv_pages,
    "geneactiv/gnactv_sample.bin": by.geneactiv_pages,
    "mobilised_mat/HA001/data.mat": by.matlab_trials,
    "mobilised_mat/missing_sensor/data.mat": by.matlab_trials,
    "muse_mind_monitor/read_test_data.csv": _muse,
    "parquet/example_data_2min.parquet": lambda p: pd.read_parquet(p).to_numpy()[:, 1:],
    "phyphox_ios/Gyroscope.csv": lambda p: by.text_columns(p, [1, 2, 3], sep=";", header=None, skiprows=1) * DEGREES,
    "phyphox_ios/other_recording/Accelerometer.csv": (
        lambda p: by.text_columns(p, [1, 2, 3], sep=";", header=None, skiprows=1) * G
    ),
    "sensor_logger_android/2023-11-24_07-25-54.zip": (
        lambda p: by.zipped_columns(p, "TotalAcceleration.csv", list("xyz")) * G
    ),
    "sensor_logger_apple_watch/WatchAccelerometerUncalibrated.csv": lambda p: -by.text_columns(p, list("xyz")),
    "sensor_logger_apple_watch/WristMotion.csv": _wrist_motion,
    "shimmer/shimmer3_consensys_semicolon.csv": lambda p: _shimmer(p, ";", "Shimmer_40AC"),
    "shimmer/triaxcal_calibrated.csv": lambda p: _shimmer(p, ",", "Shimmer_952D"),
    # The maker's own export of the same recording.
    "shimmer/triaxcal_sample.bin": lambda p: _shimmer(p.with_name("triaxcal_calibrated.csv"), ",", "Shimmer_952D"),
    # Made of the samples of the EDF file, which pyedflib reads.
    "wfdb/faros_from_edf.hea": (lambda p: by.edf_signals(p.parents[1] / "faros_edf/testfile_read.EDF", _FAROS) / 1000),
    "xsens_mtw/MT_012005D6_009-001_00B421ED.txt": (
        lambda p: by.text_columns(p, ["Acc_X", "Acc_Y", "Acc_Z"], sep="\t", skiprows=5) * G
    ),
}
"""Where samples are interpolated onto an even grid (Garmin, TSDF) there is nothing to compare; Parmay: beside it."""


@pytest.mark.parametrize("name", SECOND)
def test_samples_are_those_of_a_second_reader(device_files: Path, name: str) -> None:
    wanted = SECOND[name](device_files / name)
    own = samples_of(read(device_files / name, lenient=name == CORRUPT_CWA))
    np.testing.assert_allclose(own, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("at", "label"), [(0, "Lumbar"), (1, "Right Foot")])
def test_each_opal_has_the_samples_of_its_group(device_files: Path, at: int, label: str) -> None:
    path = device_files / "apdm_opal/apdm_sample_lumbar_rightfoot.h5"
    np.testing.assert_allclose(samples_of(read(path), at), by.opal_sensor(path, label), rtol=1e-6, atol=1e-6)


def test_gt3x_of_an_old_device_equals_the_vendors_own_export(device_files: Path) -> None:
    own, export = (samples_of(read(device_files / f"actigraph/neo.{e}")) for e in ("gt3x", "csv"))
    np.testing.assert_allclose(own, export, atol=5.1e-4)
