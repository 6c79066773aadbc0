"""The run-time packages of the lock with their licences; run as a script it prints ``docs/third-party.md``."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NOTES = Path(__file__).with_name("third-party-notes.md")

PURPOSE = {
    "duckdb": "the store's rows",
    "jinja2": "the report's template",
    "joblib": "training side by side",
    "lightgbm": "a baseline in the validation tables",
    "markupsafe": "text in the report is escaped",
    "numpy": "arrays",
    "pandas": "tables on the pages and in training data",
    "platformdirs": "where the platform keeps a user's data",
    "plotly": "the raster and other charts",
    "pyarrow": "Parquet files, streaming CSV",
    "pyedflib": "EDF and BDF files",
    "safetensors": "weights on disk, never pickle",
    "scikit-learn": "calibration and metrics",
    "scipy": "filters and resampling",
    "streamlit": "the pages",
    "threadpoolctl": "one thread for each worker",
    "torch": "the encoder",
    "typer": "the command line",
    "tzdata": "time zones where the system has none",
    "weasyprint": "the printed report as PDF",
}

# The licence families a distribution may declare; copyleft reaches only the files themselves in the last one.
FAMILIES = (
    (r"apache", "Apache-2.0"),
    (r"\bbsd|0bsd", "BSD"),
    (r"\bmit\b|mit-0|mit-cmu|hpnd", "MIT"),
    (r"\bisc\b", "ISC"),
    (r"python software foundation|psf", "PSF-2.0"),
    (r"\bbsl-1\.0", "BSL-1.0"),
    (r"zlib", "Zlib"),
    (r"cc0|unlicense|public domain", "public domain"),
    (r"mpl|mozilla", "MPL"),
)


@dataclass(frozen=True, slots=True)
class Package:
    """One installed run-time package of the lock."""

    name: str
    version: str
    licence: str  # as declared
    direct: bool


def runtime_packages() -> list[Package]:
    """Every package that an installation without extras brings and the lock names, in order of name."""
    locked = {canonicalize_name(line.split("==")[0]) for line in (ROOT / "requirements.lock").read_text().splitlines()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    left = [Requirement(text) for text in project["dependencies"]]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while left:
        wanted = left.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            package = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # another platform's
        found[key[0]] = package
        for requirement in map(Requirement, package.requires or ()):
            extras = wanted.extras or {""}
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in extras):
                left.append(requirement)
    return [
        Package(name, package.version.split("+")[0], declared(package), name in direct)
        for name, package in sorted(found.items())
        if name in locked
    ]


def declared(package: Distribution) -> str:
    """The licence a package declares: its expression, else its classifiers, else its licence line."""
    expression = package.metadata.get("License-Expression")
    if expression:
        return str(expression)
    classifiers = package.metadata.get_all("Classifier") or []
    names = [c.split("::")[-1].strip() for c in classifiers if c.startswith("License ::")]
    if names:
        return " or ".join(names)
    return (package.metadata.get("License") or "not declared").splitlines()[0]


def families(licence: str) -> set[str]:
    """The permissive or file-level families a declaration offers; a choice ("or") needs one, "and" needs all."""
    if re.search(r"\band\b", licence, re.IGNORECASE):
        parts = re.split(r"\s+and\s+", licence, flags=re.IGNORECASE)
        each = [families(part) for part in parts]
        return set().union(*each) if all(each) else set()
    return {family for pattern, family in FAMILIES if re.search(pattern, licence, re.IGNORECASE)}


def page() -> str:
    """``docs/third-party.md``."""
    packages = runtime_packages()
    lines = [
        "# What motionward is built on",
        "",
        "Written by `make third-party` from the installed packages; a test compares it with the lock.",
        "",
        "## Chosen",
        "",
        "| package | version | declared licence | what for |",
        "|---|---|---|---|",
        *(f"| {p.name} | {p.version} | {p.licence} | {PURPOSE[p.name]} |" for p in packages if p.direct),
        "",
        "## Brought along by those",
        "",
        "| package | version | declared licence |",
        "|---|---|---|",
        *(f"| {p.name} | {p.version} | {p.licence} |" for p in packages if not p.direct),
        "",
        NOTES.read_text().strip(),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
