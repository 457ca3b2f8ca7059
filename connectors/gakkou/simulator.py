"""Sections of the 教育委員会, one ledger each: both in one process, or one named by --endpoint. `python -m connectors.gakkou.simulator --help`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date

from connectors.kit.desk import Performed, Plain, Play
from connectors.kit.domain import UNKNOWN_PERSON
from connectors.kit.languages import rows
from connectors.kit.languages.files import FileService
from connectors.kit.ledger import Tokens
from connectors.kit.partner import Effect
from connectors.kit.simulator import Options, run

GAKUMU, KODOMO = "gakumu", "kodomo-nyuen"
ENDPOINTS = (GAKUMU, KODOMO)
_ENTERS, _LEAVES = 6, 15
_UNKNOWN = "00000000"


class Section(Plain):
    """A section with its own list of children; a change of anybody else concerns nobody there."""

    def __init__(self, endpoint: str, day: date) -> None:
        self._at_school = endpoint == GAKUMU
        self._day = day

    def perform(self, effect: Effect) -> Performed:
        (said,) = rows.read(effect.content)
        if "生年月日" not in said:
            raise ValueError("no 生年月日")
        listed = _listed(said["生年月日"], self._day, at_school=self._at_school)
        return Performed() if listed else Performed(confirmed=False, code=UNKNOWN_PERSON)


def _listed(birth: str, day: date, *, at_school: bool) -> bool:
    """Whether a child is in the 学齢簿, or too young for it. An unknown month or day counts as the first; no year, as nobody.

    School begins with the year after the day on which one becomes six, the day before the birthday, and lasts to the end of
    the year in which one becomes fifteen so (学校教育法17条, 年齢計算ニ関スル法律): those born from 2 April on are a year later.
    """
    year = day.year - (day.month < 4)  # 年度
    first, last = (f"{year - years}0401" for years in (_LEAVES, _ENTERS))
    born = birth if birth != _UNKNOWN else ""
    return first < born <= last if at_school else born > last


def plays(options: Options, _tokens: Tokens) -> Mapping[str, Play]:
    """One play for each section, or for those named by --endpoint."""
    return {endpoint: Section(endpoint, options.day) for endpoint in options.endpoints or ENDPOINTS}


if __name__ == "__main__":
    sys.exit(run("gakkou", ENDPOINTS, plays, speak=FileService))
