"""The cases of S16 (L1227): changes that a counter sends by mistake and that the CS must reject on its own data.

The register does not take them over: the 住記 clerk corrects the entry when the rejection comes back, so `after` is only what was sent.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.juki.kinds import Kind
from connectors.juki.names import joined
from connectors.juki.resident import Resident, Sex
from connectors.juki.steps import Scene, Step, Steps
from connectors.kit.domain import ARRIVAL_OF_RESIDENT, MOVE_CHANGES_MORE


def arrival_of_resident(scene: Scene) -> Steps:
    """転入 of a person who is 現存: the old record is sent as if it were new."""
    one = scene.register.pick(scene.maker.rng, lambda _: True)
    if one is None:
        return ()
    wrong = replace(
        one, previous=scene.maker.places.elsewhere(scene.maker.rng), resident_since=scene.day, filed=scene.day
    )
    return (Step(Kind.TENNYUU, one, wrong, planned=ARRIVAL_OF_RESIDENT),)


def move_that_changes_more(scene: Scene) -> Steps:
    """転居 in which something other than 住所 changes too: the name, the birth date or the sex."""
    rng = scene.maker.rng
    one = scene.register.pick(rng, lambda one: one.foreign is None)
    if one is None:
        return ()
    wrong = replace(_spoiled(scene, one), address=scene.maker.places.in_ward(rng), filed=scene.day)
    return (Step(Kind.TENKYO, one, wrong, planned=MOVE_CHANGES_MORE),)


def _spoiled(scene: Scene, one: Resident) -> Resident:
    rng, names = scene.maker.rng, scene.maker.names
    draw = rng.randrange(3)
    if draw == 0:
        other_day = 1 if one.birth.endswith("02") else 2
        return replace(one, birth=f"{one.birth[:6]}{other_day:02d}")
    if draw == 1:
        return replace(one, sex=Sex.FEMALE if one.sex is Sex.MALE else Sex.MALE)
    name, kana = joined(names.family(rng), names.given(rng, one.sex))
    while name == one.name:
        name, kana = joined(names.family(rng), names.given(rng, one.sex))
    return replace(one, name=name, kana=kana)
