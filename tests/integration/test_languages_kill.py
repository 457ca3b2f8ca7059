"""SIGKILL of a partner that works by itself, at random moments: every effect once, in order, none lost."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from hub.errors import Unavailable
from tests.languages import ENDPOINTS, LANGUAGES, PartnerSystem, effect

EFFECTS, KILLS = 400, 8


@pytest.mark.slow
@pytest.mark.parametrize("language", ["files-csv", "sql"])
class TestKilledPartner:
    def test_loses_and_doubles_nothing(self, language: str, tmp_path: Path) -> None:
        """Eight kills while effects pour in; what was answered stands in the ledger once, and so does all that was asked."""
        system = PartnerSystem(tmp_path, language)
        partner = LANGUAGES[language].partner(system.place, ENDPOINTS[0], 0.3)
        draw = random.Random(11)
        asked = [effect(f"m{number:04d}", f"<x>{number}</x>".encode()) for number in range(EFFECTS)]
        done = kills = 0
        while done < len(asked):
            killer = threading.Timer(draw.random() * 0.03, system.process.kill)
            if kills < KILLS and draw.random() < 0.6:
                killer.start()
                kills += 1
            try:
                results = partner.perform(asked[done : done + 20])
            except Unavailable:
                pass
            else:
                assert all(one.confirmed for one in results)
                done += len(results)
            if killer.ident is not None:
                killer.join()
                system.kill()
                system.start()
        partner.close()  # type: ignore[attr-defined]  # whoever opens a partner closes it
        system.kill()

        assert kills == KILLS
        assert system.performed() == [one.message for one in asked]
