"""The state of the resident register simulator: who is recorded now. One thread, no clock, no disk."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from connectors.juki.resident import Resident

_TRIES = 30


class Register:
    """Records by 宛名番号, with the present ones ready to be drawn from and listed by household."""

    def __init__(self, residents: Iterable[Resident]) -> None:
        self._records: dict[str, Resident] = {}
        self._present: list[str] = []
        self._place: dict[str, int] = {}
        self._households: dict[str, list[str]] = {}
        for resident in residents:
            self.put(resident)

    def __getitem__(self, atena: str) -> Resident:
        """The record, removed or not. Raises `KeyError`."""
        return self._records[atena]

    @property
    def present(self) -> tuple[Resident, ...]:
        """Everybody who is a resident now."""
        return tuple(self._records[atena] for atena in self._present)

    def members(self, household: str) -> tuple[Resident, ...]:
        """The present members of a household by 並び順."""
        members = (self._records[atena] for atena in self._households.get(household, ()))
        return tuple(sorted(members, key=lambda resident: resident.order))

    def put(self, resident: Resident) -> None:
        """Takes over a record: a new one, or a change of one."""
        known = self._records.get(resident.atena)
        if known is not None and known.present:
            self._leave(known)
        self._records[resident.atena] = resident
        if resident.present:
            self._enter(resident)

    def pick(self, rng: random.Random, fits: Callable[[Resident], bool]) -> Resident | None:
        """Somebody present who fits, or None when nobody does."""
        if not self._present:
            return None
        for _ in range(_TRIES):
            resident = self._records[rng.choice(self._present)]
            if fits(resident):
                return resident
        found = [resident for resident in self.present if fits(resident)]
        return rng.choice(found) if found else None

    def _enter(self, resident: Resident) -> None:
        self._place[resident.atena] = len(self._present)
        self._present.append(resident.atena)
        self._households.setdefault(resident.household, []).append(resident.atena)

    def _leave(self, resident: Resident) -> None:
        # The last one takes the free place, so that leaving costs the same in any ward.
        place = self._place.pop(resident.atena)
        last = self._present.pop()
        if last != resident.atena:
            self._present[place] = last
            self._place[last] = place
        self._households[resident.household].remove(resident.atena)
