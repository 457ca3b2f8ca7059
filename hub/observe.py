"""Observation: stable event names heard by structlog and prometheus-client, which cannot change an outcome.

Facts are ids, codes, counts and sizes, never a value of a message (design promise 8). Metric labels are bounded: event
names, endpoint codes of the routes, and codes of the catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from hub.ports import Observer

Fact = str | int | float

# Every name that is emitted, and none that is not (tests/unit/test_observe.py).
EVENTS = frozenset(
    {
        "zone.started",
        "zone.stopped",
        "message.accepted",
        "message.refused",
        "message.repeated",
        "message.conflict",
        "delivery.offered",
        "delivery.settled",
        "delivery.postponed",
        "delivery.refused",
        "delivery.held",
        "delivery.released",
        "log.checkpoint",
        "outage.began",
        "outage.ended",
        "log.latched",
        "log.verified",
        "log.broken",
        "log.unverified",
        "log.timestamped",
        "keystore.backed-up",
        "witness.cosigned",
        "witness.refused",
        "body.erased",
        "admin.recorded",
        "attachment.refused",
        "statement.recorded",
        "delivery.returned",
        "connector.latched",
        "control.unreadable",
        "delivery.unreadable",
        "delivery.doubted",
        "worker.started",
        "worker.ended",
    }
)


class Observers:
    """Several observers as one; one that raises is counted and passed over, for no observer may change an outcome."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)
        self.failures = 0

    def __call__(self, event: str, /, **facts: Fact) -> None:
        for observer in self._observers:
            try:
                observer(event, **facts)
            except Exception:  # noqa: BLE001 - an observer is not a check; its failure must not stop a message
                self.failures += 1


def silent(_event: str, /, **_facts: Fact) -> None:
    """The observer that hears nothing (commands, tests)."""


def log_lines(stream: TextIO, zone: str, process: str = "") -> Observer:
    """One JSON line per event on `stream`: time, zone, process if named, event, facts. Non-ASCII stays readable."""

    def dumps(value: object, **_: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)

    logger = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(serializer=dumps),
        ],
        wrapper_class=structlog.BoundLogger,
        zone=zone,
    )
    logger = logger.bind(process=process) if process else logger

    def hear(event: str, /, **facts: Fact) -> None:
        logger.info(event, **facts)

    return hear


def collected(directory: Path) -> str:
    """What all processes of a zone have counted there (PROMETHEUS_MULTIPROC_DIR, set before they began)."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))  # type: ignore[no-untyped-call]  # the library has none here
    return generate_latest(registry).decode("utf-8")


class Metrics:
    """Prometheus counters of one zone, in a registry of their own."""

    def __init__(self, zone: str) -> None:
        self.registry = CollectorRegistry()
        self._zone = zone
        self._messages = Counter(
            "juki_hub_messages_total",
            "Submissions by outcome and code.",
            ["zone", "outcome", "code"],
            registry=self.registry,
        )
        self._deliveries = Counter(
            "juki_hub_deliveries_total",
            "Deliveries by recipient and state.",
            ["zone", "recipient", "state"],
            registry=self.registry,
        )
        self._size = Gauge(
            "juki_hub_log_size",
            "Entries of the exchange log.",
            ["zone"],
            registry=self.registry,
            multiprocess_mode="max",
        )
        self._batch = Histogram(
            "juki_hub_batch_entries",
            "Entries per group commit; the buckets follow the batch limit of 50.",
            ["zone"],
            buckets=(1, 2, 5, 10, 20, 50, 100),
            registry=self.registry,
        )
        self._outages = Gauge(
            "juki_hub_outages",
            "Outages that go on: 1 from the alarm at the beginning to the one at the end.",
            ["zone", "part", "endpoint"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._verified = Gauge(
            "juki_hub_log_verified_timestamp_seconds",
            "When the zone last verified its whole log and found nothing.",
            ["zone"],
            registry=self.registry,
            multiprocess_mode="max",
        )
        self._broken = Gauge(
            "juki_hub_log_broken",
            "1 while the last verification of the log found something wrong.",
            ["zone"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self._timestamped = Gauge(
            "juki_hub_log_timestamped_timestamp_seconds",
            "When a timestamp authority last stamped a checkpoint of the log, by the authority's clock.",
            ["zone"],
            registry=self.registry,
            multiprocess_mode="max",
        )
        self._ahead = Gauge(
            "juki_hub_clock_behind_authority_seconds",
            "How far the timestamp authority's clock was ahead of the hub's, its answering time included.",
            ["zone"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self._hear: dict[str, Callable[[dict[str, Fact]], None]] = {
            "message.accepted": lambda facts: self._message("accepted", facts),
            "message.refused": lambda facts: self._message("refused", facts),
            "message.repeated": lambda facts: self._message("repeated", facts),
            "message.conflict": lambda facts: self._message("conflict", facts),
            "delivery.offered": lambda facts: self._delivery("offered", facts),
            "delivery.settled": lambda facts: self._delivery(str(facts.get("state", "")), facts),
            "delivery.refused": lambda facts: self._delivery(str(facts.get("state", "")), facts),
            "delivery.postponed": lambda facts: self._delivery("postponed", facts),
            "delivery.held": lambda facts: self._delivery("held", facts),
            "delivery.released": lambda facts: self._delivery("released", facts),
            "log.checkpoint": self._checkpoint,
            "log.verified": self._whole,
            "log.broken": lambda _: self._broken.labels(self._zone).set(1),
            "log.timestamped": self._stamped,
            "outage.began": lambda facts: self._outage(1, facts),
            "outage.ended": lambda facts: self._outage(-1, facts),
        }

    def __call__(self, event: str, /, **facts: Fact) -> None:
        hear = self._hear.get(event)
        if hear is not None:
            hear(facts)

    def text(self) -> str:
        """The exposition that a scrape reads."""
        return generate_latest(self.registry).decode("utf-8")

    def _message(self, outcome: str, facts: dict[str, Fact]) -> None:
        self._messages.labels(self._zone, outcome, str(facts.get("code", ""))).inc()

    def _delivery(self, state: str, facts: dict[str, Fact]) -> None:
        self._deliveries.labels(self._zone, str(facts.get("recipient", "")), state).inc()

    def _outage(self, more: int, facts: dict[str, Fact]) -> None:
        self._outages.labels(self._zone, str(facts["part"]), str(facts["endpoint"])).inc(more)

    def _stamped(self, facts: dict[str, Fact]) -> None:
        self._timestamped.labels(self._zone).set(float(facts["stamped_at"]))
        self._ahead.labels(self._zone).set(float(facts["ahead"]))

    def _whole(self, facts: dict[str, Fact]) -> None:
        self._broken.labels(self._zone).set(0)
        self._verified.labels(self._zone).set(float(facts["verified_at"]))

    def _checkpoint(self, facts: dict[str, Fact]) -> None:
        self._size.labels(self._zone).set(float(facts["size"]))
        self._batch.labels(self._zone).observe(float(facts["entries"]))
