"""Where the data folder is and what lies where in it. Nobody else knows a path inside."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from data.errors import MotionwardError


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder of one clinic."""

    root: Path

    @staticmethod
    def default() -> Home:
        """``MOTIONWARD_HOME``, else the platform's folder for a user's data."""
        named = os.environ.get("MOTIONWARD_HOME")
        return Home(Path(named) if named else user_data_path("motionward", appauthor=False))

    def made(self) -> Home:
        """The same, existing.

        Raises
        ------
        MotionwardError
            If the folder cannot be made or written.
        """
        try:
            parts = ("signals", "embeddings", "scores", "detectors")
            for folder in (self.root, *(self.root / part for part in parts), self.jobs):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.root / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise MotionwardError(
                f"The data folder {self.root} cannot be written ({error.strerror}): choose another with "
                "MOTIONWARD_HOME or --home, or ask for write permission."
            ) from error
        return self

    @property
    def database(self) -> Path:
        """The rows: who, when, what was found, who said so."""
        return self.root / "clinic.duckdb"

    @property
    def head(self) -> Path:
        """The audit chain's head, outside the file that it vouches for."""
        return self.root / "clinic.head"

    @property
    def lock(self) -> Path:
        """Held by whoever reads or writes the database."""
        return self.root / "clinic.lock"

    @property
    def validity(self) -> Path:
        """The clinic's own rule of what makes a day and a week valid, if it has one."""
        return self.root / "validity.toml"

    @property
    def jobs(self) -> Path:
        """Long work: one folder a job."""
        return self.root / "jobs"

    @property
    def exports(self) -> Path:
        """Reports and tables that left."""
        return self.root / "exports"

    @property
    def site(self) -> Path:
        """What holds for the whole site: its time zone."""
        return self.root / "site.toml"

    @property
    def profiles(self) -> Path:
        """Column profiles that were saved here, a TOML file each."""
        return self.root / "profiles"

    def signals(self, recording: str = "") -> Path:
        """Signals of a recording, or of all."""
        return self.root / "signals" / recording

    def scores(self, run: str = "") -> Path:
        """Scores of a run, or of all."""
        return self.root / "scores" / run

    def embeddings(self, encoder: str = "", recording: str = "") -> Path:
        """Vectors that an encoder made of a recording."""
        return self.root / "embeddings" / encoder / recording

    def detectors(self, version: str = "") -> Path:
        """The folder of a detector that somebody took over, or of all."""
        return self.root / "detectors" / version
