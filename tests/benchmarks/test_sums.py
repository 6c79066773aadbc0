"""Flagged, clear, not judged, not worn and gaps add up to what was recorded; every file in `make validate`."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality import add_up
from data.readers import read
from data.recording import Placement, Side
from tests.signals import moving, recording_of, still

FILES = {
    "axivity/ax6_sample.cwa": "wrist",
    "actigraph/ISM_Enabled.gt3x": "waist",
    "geneactiv/gnactv_sample.bin": "ankle",
    "garmin_csv/acc.csv": "hand",
    "tsdf_verily/imu_meta.json": "lower back",
    "faros_edf/testfile_read.EDF": "chest",
    "parquet/example_data_2min.parquet": "waist",
    "mobilised_mat/HA001/data.mat": None,
    "apdm_opal/apdm_sample_lumbar_rightfoot.h5": None,
    "shimmer/shimmer3_consensys_semicolon.csv": "thigh",
}


@pytest.mark.parametrize("name", FILES)
def test_the_outcomes_of_a_device_file_add_up(name, shared_data):
    recording = read(shared_data / "device_files" / name)
    if FILES[name] is not None:
        recording = recording.with_placement(Placement(FILES[name]), Side.UNKNOWN, recording.streams[0].name)
    assert add_up(recording) == []


def test_the_outcomes_add_up_where_wear_is_unsure_and_the_signal_has_every_fault():
    worn = moving(300, channels=3)
    drifting = still(2400, channels=3)
    drifting[:, 0] += (0.03 * np.sin(np.linspace(0, 6 * np.pi, len(drifting)))).astype(np.float32)
    broken = moving(200, seed=1, channels=3)
    broken[100:140] = 0
    broken[2000:2010, 1] = np.nan
    broken[3000:6100, 2] = 1.0
    pieces = [np.concatenate([worn, drifting]), still(2100, channels=3), np.concatenate([broken, worn[:2000]])]
    starts = np.cumsum([0.0, *(len(p) / 50 + 33.3 for p in pieces[:-1])])
    assert add_up(recording_of(list(zip(starts.tolist(), pieces, strict=True)))) == []
