"""Where a demo keeps its things, and with which settings it was begun."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

DAY = date(2026, 4, 1)
OPENING = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)  # 08:00 in Japan, half an hour before the counters open
ZONES = ("juki-net", "kikan")
ROOMS = ("atena", "chukan", "conbini", "cs", "departments", "juki", "moj", "zei")


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides every outcome of a demo."""

    residents: int
    events: int
    seed: int


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
        return Settings(**json.loads(self.settings.read_text("utf-8")))

    def begin(self, settings: Settings) -> None:
        """Marks the preparation as finished."""
        self.settings.write_text(json.dumps(asdict(settings)), "utf-8")
