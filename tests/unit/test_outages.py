"""hub.outages: one alarm at the beginning, one at the end."""

from __future__ import annotations

from hub.observe import Metrics
from hub.outages import Outage


class Ear:
    """Hears everything."""

    def __init__(self) -> None:
        self.told = list[tuple[str, dict[str, str | int | float]]]()

    def __call__(self, event: str, /, **facts: str | int | float) -> None:
        self.told.append((event, facts))


def test_two_alarms_however_often_was_tried() -> None:
    ear = Ear()
    outage = Outage(ear, "connector:deliveries", "zei")

    outage.worked()
    assert (ear.told, bool(outage)) == ([], False)
    for code in ("HUB-KIT-021", "HUB-KIT-021", "HUB-BRK-004"):
        outage.failed(code)
    assert bool(outage)
    outage.worked()
    outage.worked()

    who = {"part": "connector:deliveries", "endpoint": "zei"}
    assert ear.told == [
        ("outage.began", {**who, "code": "HUB-KIT-021"}),
        ("outage.ended", {**who, "code": "HUB-BRK-004", "failures": 3}),
    ]
    assert outage.code == ""


def test_the_next_outage_is_told_again() -> None:
    ear = Ear()
    outage = Outage(ear, "intake")
    for _ in range(2):
        outage.failed("HUB-JNL-024")
        outage.worked()

    assert [(event, facts.get("failures")) for event, facts in ear.told] == [
        ("outage.began", None),
        ("outage.ended", 1),
    ] * 2


def test_a_gauge_says_what_goes_on() -> None:
    """What an alert rule of Prometheus watches; it says no more than that somebody must know."""
    metrics = Metrics("kikan")
    one, other = Outage(metrics, "handover", "zei"), Outage(metrics, "intake")
    one.failed("HUB-BRK-004")
    other.failed("HUB-JNL-024")
    other.worked()

    lines = [line for line in metrics.text().splitlines() if line.startswith("juki_hub_outages{")]
    assert lines == [
        'juki_hub_outages{endpoint="zei",part="handover",zone="kikan"} 1.0',
        'juki_hub_outages{endpoint="",part="intake",zone="kikan"} 0.0',
    ]
