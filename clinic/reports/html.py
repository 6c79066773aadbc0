"""A report as one HTML page: no script, nothing outside it, every text escaped."""

from __future__ import annotations

import re
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from clinic.reports.content import TABLE_HEAD, Report
from clinic.reports.fit import print_size
from clinic.reports.svg import dose_svg, key_svg, raster_svg, strip_svg
from clinic.reports.words import DISCLAIMER, SIMULATED
from models.assets import assets_dir

_MANY_ROWS = 10
"""A table of more is drawn closer, and all of its page."""


def to_html(report: Report) -> str:
    """The page; the same report gives the same text."""
    folder = assets_dir() / "report"
    style = (folder / "report.css").read_text(encoding="utf-8")
    has_doses = any(s.doses for s in report.raster.strips)
    raster, key = raster_svg(report.raster), key_svg(report.raster, has_doses=has_doses)
    doses = dose_svg(report.doses, report.raster.fill) if report.doses else ""
    is_dense = len(report.table) > _MANY_ROWS
    size = print_size(report, _tall(raster) + _tall(key), _tall(doses), is_dense=is_dense)
    # The pictures escape their own texts, and the style comes from the program: nothing else may be marked safe.
    return _template(str(folder)).render(
        r=report,
        style=Markup(style),  # noqa: S704  as said above
        raster=Markup(raster),  # noqa: S704
        key=Markup(key),  # noqa: S704
        dose_chart=Markup(doses) if doses else None,  # noqa: S704
        is_dense=is_dense,
        print_size=size,
        table_columns=TABLE_HEAD,
        strips=[Markup(strip_svg(x, report.raster.fill)) for x in report.evidence],  # noqa: S704
        disclaimer=DISCLAIMER,
        simulated=SIMULATED,
    )


def _tall(svg: str) -> float:
    found = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', svg)
    return float(found.group(1)) if found else 0.0


@lru_cache(maxsize=2)
def _template(folder: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")
