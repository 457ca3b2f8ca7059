"""Numbers that are raised no longer and are never given again: old logs and old receipts still bear them.

What such a code said is kept here, with the codes that say it now.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A number that is out of use; `instead` are the codes of today."""

    id: str
    ja: str
    en: str
    instead: tuple[str, ...]


WITHDRAWN = (
    Withdrawn(
        "HUB-CFG-007",
        "hub.yaml と routing.yaml の団体コードの違い",
        "hub.yaml and routing.yaml differ",
        ("HUB-RTE-019",),
    ),
    Withdrawn("HUB-MSG-003", "他団体あての電文", "a message of another municipality", ("HUB-RTE-019",)),
    Withdrawn(
        "HUB-RTE-003",
        "評価書が禁じる接続(規則によらず一つの番号)",
        "a connection that the document forbids, one number for every rule",
        ("HUB-RTE-013", "HUB-RTE-014", "HUB-RTE-015", "HUB-RTE-016", "HUB-RTE-020", "HUB-RTE-022", "HUB-RTE-023"),
    ),
    Withdrawn(
        "HUB-RTE-004", "一つの区画に置けない接続先", "what one zone must not hold", ("HUB-RTE-013", "HUB-RTE-014")
    ),
    Withdrawn("HUB-RTE-009", "routing.yaml に承認がない経路", "a route without an approval", ("HUB-RTE-021",)),
)
