"""Where a demo keeps its things, and with which settings it was begun."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from hub.app.reading import read_file
from hub.codes import cfg
from hub.errors import Misconfigured

DAY = date(2026, 4, 1)
OPENING = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)  # 08:00 in Japan, half an hour before the counters open
ZONES = ("juki-net", "kikan")
NAMES = frozenset({"attacks", "demo.json", "effects", "plan.jsonl", "report.json", "run", "steps.jsonl", "zones"})
ROOMS = (
    *("atena", "chukan", "conbini", "cs", "departments", "gakkou", "inkan", "juki"),
    *("koseki", "moj", "shinsei", "systems", "zei"),
)
_PART = ".part"  # a file that is being written


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides every outcome of a demo."""

    residents: int
    events: int
    seed: int
    full: bool = False


@dataclass(frozen=True, slots=True)
class DemoHome:
    """The directory of one demo."""

    root: Path

    @property
    def settings(self) -> Path:
        """Written last of the preparation: without it a demo was never begun."""
        return self.root / "demo.json"

    @property
    def plan(self) -> Path:
        return self.root / "plan.jsonl"

    @property
    def steps(self) -> Path:
        """The recorded steps of persons on a full day."""
        return self.root / "steps.jsonl"

    @property
    def report(self) -> Path:
        """Written when everything is checked: with it the demo is finished."""
        return self.root / "report.json"

    @property
    def effects(self) -> Path:
        return self.root / "effects"

    @property
    def sockets(self) -> Path:
        return self.root / "run"

    @property
    def attacks(self) -> Path:
        return self.root / "attacks"

    def zone(self, name: str) -> Path:
        return self.root / "zones" / name

    def begun(self) -> Settings | None:
        """The settings of the demo in this place, if its preparation was finished."""
        if not self.settings.is_file():
            return None
        try:
            return Settings(**json.loads(read_file(self.settings)))
        except (ValueError, TypeError):
            raise Misconfigured(cfg.NOT_A_DEMO, path=str(self.settings)) from None

    def begin(self, settings: Settings) -> None:
        """Marks the preparation as finished."""
        _write_whole(self.settings, json.dumps(asdict(settings)))

    def finish(self, report: str) -> None:
        """Keeps the report, which marks the demo as finished."""
        _write_whole(self.report, report)
        self.clear()

    def clear(self) -> None:
        """Removes the premises of the partners: what they wrote in their own languages is in clear, and nobody needs it any more."""
        for place in self.sockets.glob("*.sock"):
            if place.is_dir():
                shutil.rmtree(place, ignore_errors=True)

    def erase(self) -> None:
        """Removes a demo, whole or half made. Raises `Misconfigured` HUB-CFG-011 where anything else lies: it is not ours."""
        if not self.root.exists():
            return
        if not self.root.is_dir() or any(_foreign(path.name) for path in self.root.iterdir()):
            raise Misconfigured(cfg.NOT_A_DEMO, path=str(self.root))
        shutil.rmtree(self.root)


def _foreign(name: str) -> bool:
    """Whether no demo makes a file or folder of this name."""
    return name not in NAMES and name not in {f".{one}{_PART}" for one in NAMES}


def _write_whole(path: Path, text: str) -> None:
    """The file is there with all of the text or not at all, whenever we are killed."""
    part = path.with_name(f".{path.name}{_PART}")
    part.write_text(text, "utf-8")
    part.replace(path)
