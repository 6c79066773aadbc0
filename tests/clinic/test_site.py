"""What a site says once: its zone and its profiles, remembered in the data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.home import Home
from clinic.site import named_profile, profile_for, remember_zone, save_profile, saved_profiles, site_zone
from clinic.store import Store
from clinic.store.backup import backup
from data.errors import MotionwardError, RecordingError

PROFILE = 'title = "Ward 7"\nheader = "{header}"\nrate_hz = 50\n\n[[stream]]\nplacement = "{at}"\nacc = [1, 2, 3]\n'


def profile(header: str = "abc", at: str = "waist") -> str:
    return PROFILE.format(header=header, at=at)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_the_zone_is_remembered_and_can_be_changed(home: Home) -> None:
    assert site_zone(home) is None
    remember_zone(home, "Europe/Berlin")
    assert site_zone(home) == "Europe/Berlin"
    remember_zone(home, "Asia/Tokyo")
    assert site_zone(home) == "Asia/Tokyo"
    with pytest.raises(MotionwardError, match="no time zone 'Mars/North'"):
        remember_zone(home, "Mars/North")
    assert site_zone(home) == "Asia/Tokyo"


@pytest.mark.parametrize("text", ["zone = ", 'zone = "Mars/North"', "zone = 3", "\xff"])
def test_a_damaged_memory_of_the_zone_is_said_and_not_guessed(home: Home, text: str) -> None:
    home.made().site.write_bytes(text.encode("latin-1"))
    with pytest.raises(MotionwardError, match="mend it, or delete it"):
        site_zone(home)


def test_a_saved_profile_is_found_by_its_name_and_its_header(home: Home) -> None:
    assert saved_profiles(home) == []
    saved = save_profile(home, "Ward 7: belt", profile())
    assert saved.name == "ward-7-belt"
    assert saved_profiles(home) == [saved]
    assert profile_for(home, "abc") == saved
    assert profile_for(home, "other") is None
    assert named_profile(home, "ward-7-belt").table["title"] == "Ward 7"
    assert named_profile(home, str(saved.path)).table["title"] == "Ward 7"
    assert named_profile(home, "umafall").source == "umafall.toml"
    with pytest.raises(RecordingError, match="there is no such profile"):
        named_profile(home, "../site")


def test_a_profile_needs_a_name_of_its_own(home: Home) -> None:
    for name in ("", "  ", "..", "///"):
        with pytest.raises(MotionwardError, match="needs a name"):
            save_profile(home, name, profile())
    with pytest.raises(MotionwardError, match="comes with motionward"):
        save_profile(home, "UMAFall", profile())


def test_a_profile_that_was_damaged_is_left_out_of_the_choice(home: Home) -> None:
    save_profile(home, "good", profile())
    (home.profiles / "bad.toml").write_text("this is = = no TOML")
    assert [p.name for p in saved_profiles(home)] == ["good"]


def test_a_backup_takes_along_what_the_site_said(home: Home, tmp_path: Path) -> None:
    Store.open(home)
    remember_zone(home, "Europe/Berlin")
    save_profile(home, "ward7", profile())
    copy = Home(backup(home, tmp_path / "copy"))
    assert site_zone(copy) == "Europe/Berlin"
    assert [p.name for p in saved_profiles(copy)] == ["ward7"]
