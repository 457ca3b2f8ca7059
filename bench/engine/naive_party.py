"""`python -m bench.engine.naive_party PLACE hub|recipient`: one process of the naive pipeline over the broker, until it is stopped.

    in -> verify, validate, rule, INSERT and COMMIT, sign (bench.naive) -> published and confirmed -> acknowledged

One message at a time, as one would write it first: pika's blocking connection, a commit and a confirm for each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench import fixture
from bench.engine import broker
from bench.engine.naive_site import ANSWERED, ONE_WAY, SINK, Site, queue_of
from bench.engine.processes import tell_ready
from bench.naive import NaiveHub, NaiveRecipient
from hub.app.serving import ending

PREFETCH = 50
_SLICE = 0.5

#: From the queue by which a message came and its bytes, to the next queue and the bytes that go there.
Pass = Callable[[str, bytes], tuple[str, bytes]]


def main(place: str, role: str) -> None:
    """The command."""
    site, stop = Site(Path(place)), ending()
    queues, act = _hub(site) if role == "hub" else _recipient(site)
    connection = broker.connected(site.account)
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=PREFETCH)
    for name in queues:
        channel.basic_consume(name, partial(_arrived, act, name))
    tell_ready()
    while not stop.is_set():
        connection.process_data_events(time_limit=_SLICE)
    connection.close()


def _arrived(act: Pass, queue: str, channel: Any, method: Any, properties: Any, body: bytes) -> None:
    key, raw = act(queue, body)
    broker.send(channel, key, raw, properties.correlation_id)
    channel.basic_ack(method.delivery_tag)


def _hub(site: Site) -> tuple[tuple[str, ...], Pass]:
    hub = NaiveHub(site.rows("journal"), site.hub, site.home, site.workload)

    def take(queue: str, raw: bytes) -> tuple[str, bytes]:
        passed = hub.take(raw)
        return SINK if queue == ONE_WAY else queue_of(passed.recipient), passed.raw

    return (ANSWERED, ONE_WAY), take


def _recipient(site: Site) -> tuple[tuple[str, ...], Pass]:
    parties = {
        queue_of(name): NaiveRecipient(
            site.rows(f"handled_{number}"), fixture.identity(site.home, name), site.hub.certificate
        )
        for number, name in enumerate(site.workload.recipients)
    }
    return tuple(parties), lambda queue, raw: (ANSWERED, parties[queue].take(raw))


if __name__ == "__main__":
    main(*sys.argv[1:])
