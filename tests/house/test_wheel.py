"""What goes into the wheel, and what git carries: nothing of the three floors may be left out."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("clinic", "models", "data")


def git(*arguments: str) -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr  # 1 is check-ignore's "none of them"
    return [line for line in done.stdout.split("\0") if line]


def source_files() -> list[str]:
    """What git has or would have, deleted files apart."""
    return [f for f in git("ls-files", "-z", "-co", "--exclude-standard") if (ROOT / f).is_file()]


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from a copy of the tree, so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("tree")
    for name in source_files():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    done = subprocess.run(build, cwd=copy, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (copy / "dist").glob("motionward-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_every_file_of_the_floors_and_no_other_package(wheel_files: set[str]) -> None:
    wanted = {f for f in source_files() if f.split("/")[0] in FLOORS} | {"app.py"}
    found = {f for f in wheel_files if ".dist-info/" not in f and ".data/" not in f}
    assert found == wanted


def test_wheel_holds_every_asset(wheel_files: set[str]) -> None:
    wanted = {f for f in source_files() if f.startswith("assets/")}
    marker = ".data/data/share/motionward/"
    found = {f.split(marker)[1] for f in wheel_files if marker in f}
    assert found == wanted
    assert "assets/README.md" in found


def test_every_folder_with_code_is_a_real_package() -> None:
    # Without __init__.py a stranger's folder of the same name could join as a namespace package.
    folders = {Path(f).parent for f in source_files() if f.split("/")[0] in FLOORS and f.endswith(".py")}
    assert [str(f) for f in folders if not (ROOT / f / "__init__.py").is_file()] == []
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_git_carries_the_source_of_data_and_models() -> None:
    # An ignore line such as `data/` would hide a floor without a word.
    for floor in FLOORS:
        assert [f for f in git("ls-files", "-z", floor) if f.endswith(".py")], floor
    on_disk = [str(p.relative_to(ROOT)) for floor in FLOORS for p in (ROOT / floor).rglob("*.py")]
    assert git("check-ignore", "--no-index", *on_disk) == []
