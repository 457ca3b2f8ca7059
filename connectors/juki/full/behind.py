"""What the CS and the systems behind it hold when a full day begins, where that is not simply what 住記 holds.

整合 is there to find such things (S23, A6): they concern residents to whom nothing happens on the day, so that no other outcome
depends on them. Read by the CS simulator and its peers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from connectors.juki.resident import Resident
from connectors.kit.payload import items

if TYPE_CHECKING:
    from connectors.juki.town import Town

_NEIGHBOURS: Final = 120
_FORGOTTEN: Final = 3
_LETTERS: Final = 24
_ACTS: Final = ("HAISHI", "KAISHUU", "ICHIJITEISHI-KAIJO", "HENKAN")
_OLDER: Final = timedelta(days=400)


def quiet(town: Town) -> tuple[Resident, ...]:
    """The residents of the morning to whom nothing happens on the day."""
    busy = {event.person for event in town.events}
    return tuple(one for one in town.population.residents if one.atena not in busy)


def missing_at_cs(town: Town) -> frozenset[str]:
    """住民票コード of residents whose record never reached the CS (住記のみ)."""
    return frozenset(one.juuminhyou_code for one in quiet(town)[5::50])


def stale_at_cs(town: Town) -> Mapping[str, str]:
    """住民票コード of residents whose last move never reached the CS -> the 異動年月日 that stands there still."""
    return {one.juuminhyou_code: (one.resident_since - _OLDER).isoformat() for one in quiet(town)[9::40]}


def missing_at_prefecture(town: Town) -> frozenset[str]:
    """住民票コード of residents whose record never left the ward: what A6 is there to find."""
    return frozenset(one.juuminhyou_code for one in quiet(town)[13::60])


def addressees(town: Town) -> tuple[Resident, ...]:
    """The residents to whom a full day sends a 送付先情報 though nothing else happens to them."""
    return quiet(town)[-_LETTERS:]


def moved_at_center(town: Town) -> frozenset[str]:
    """住民票コード of addressees of whom the 機構 keeps another address than 住記: what the 突合 of A7-2 is there to find (L519)."""
    return frozenset(one.juuminhyou_code for one in addressees(town)[4::9])


def only_at_cs(town: Town) -> tuple[Mapping[str, str], ...]:
    """The last updates about persons who left long ago, and of whose leaving the CS never heard (CSのみ)."""
    return tuple(_updates(replace(town, seed=town.seed + 2_000_003, residents=_FORGOTTEN)))


def neighbours(town: Town) -> tuple[Mapping[str, str], ...]:
    """Updates about persons who came from other municipalities into another town: 転入前住所 is where we let them live."""
    others = _updates(replace(town, seed=town.seed + 1_000_003, residents=_NEIGHBOURS))
    return tuple(one for one in others if one.get("市町村コード転入前"))


def card_acts(town: Town) -> tuple[tuple[str, str, bool], ...]:
    """Card events of the day (A8-1): 住民票コード, 処理区分, and whether the card system can do it.

    A card is given to whoever has none; the other acts want one.
    """
    people = quiet(town)
    bearers = [one.juuminhyou_code for one in people if one.card]
    others = [one.juuminhyou_code for one in people if not one.card]
    acts = [(code, "KOUFU", True) for code in others[:8]]
    acts += [(code, _ACTS[place % len(_ACTS)], True) for place, code in enumerate(bearers[:16])]
    acts += [(code, "KOUFU", False) for code in bearers[-2:]]
    return (*acts, *((code, "HENKAN", False) for code in others[-1:]))


def bearers(town: Town) -> frozenset[str]:
    """住民票コード of everybody who has a card in the morning."""
    return frozenset(one.juuminhyou_code for one in town.population.residents if one.card)


def _updates(town: Town) -> Iterator[Mapping[str, str]]:
    return (items(update) for update in replace(town, number_of_events=0, full=False).first_updates())
