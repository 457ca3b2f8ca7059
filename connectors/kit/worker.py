"""One endpoint's connector at work: a thread that takes deliveries, polls feeds, and sends what waits in the outbox.

    deliveries -> check -> dedup -> room -> commit -> outbox -> hub, until each receipt is logged
    feed       -> drafts -> signed -> commit (with the cursor) -> outbox

A feed of observations (`connectors.kit.observing`) has no end; what it says at its end is that nothing is under way.

Trouble has three forms. `Unavailable` (hub or partner down) is waited out with bounded back-off, and only by this endpoint;
one message at a time probes the way until it works again.
A message that cannot be processed (`Held`, or any surprise) goes back to the hub, and the others go on. `IntegrityError`
latches, and so do FAILING messages in a row: nothing more is performed or sent until a person starts the connector again.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from types import MappingProxyType

from connectors.kit.acceptance import Acceptance
from connectors.kit.answering import Answering
from connectors.kit.backoff import Backoff
from connectors.kit.compose import Draft, Outgoing, outgoing
from connectors.kit.fetching import WINDOW, Fetching
from connectors.kit.hubport import Clock, Hub
from connectors.kit.identity import Identity
from connectors.kit.manner import Manner, Status
from connectors.kit.observing import Watch, finished
from connectors.kit.operators import Automaton
from connectors.kit.processing import Processing
from connectors.kit.room import Feed, Room
from connectors.kit.store import EndpointStore, Position
from connectors.kit.witness import Witness, log_trust
from hub.codes import kit
from hub.errors import Held, HubError, IntegrityError, Unavailable
from hub.messages import Delivery, Returned
from hub.outages import Outage

# So many different messages that fail one after the other, and none that works: it is the connector that is broken.
FAILING = 5


class Worker:
    """The connector of one endpoint. `start` runs it as a thread; `step` runs one round for tests and commands."""

    def __init__(
        self, identity: Identity, room: Room, hub: Hub, store: EndpointStore, clock: Clock, manner: Manner
    ) -> None:
        """The store belongs to the worker from now on.

        Raises `Misconfigured` when the pinned log trust does not fit, `IntegrityError` for a forged last checkpoint.
        """
        self._identity = identity
        self._hub = hub
        self._store = store
        self._clock = clock
        self._pace = manner.pace
        self._observer = manner.observer
        self._handled = manner.handled
        self._witness = Witness(log_trust(identity.log), hub.consistency, store.checkpoint())
        self._acceptance = Acceptance(identity, self._witness, manner.signatures)
        answering = Answering(identity, manner.automaton or Automaton(identity.endpoint), manner.answer_lines)
        fetching = Fetching(identity.endpoint, hub, store.shelf, room)
        self._processing = Processing(identity, room, store, self._witness, self._acceptance, answering, fetching)
        self._feeds = tuple(room.feeds())
        self._positions = {feed.name: store.position(feed.name) for feed in self._feeds}
        self._inbox: deque[Delivery] = deque()
        self._returned: list[Returned] = []
        self._failing: set[int] = set()
        self._lock = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._in, self._out = self._way("deliveries", manner), self._way("submissions", manner)
        self._polls = {
            feed.name: self._way(f"feed:{feed.name}", manner) for feed in self._feeds
        }  # one starves no other
        tally = store.tally()
        self._status = Status(
            identity.endpoint,
            identity.zone,
            outbox=tally.waiting,
            receipts=tally.receipts,
            feeds_ended=all(position.ended for position in self._positions.values()),
        )

    # --- what the hub and the driver see ----------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        return self._identity.endpoint

    def capacity(self) -> int:
        """How many deliveries `offer` takes now; none once latched."""
        with self._lock:
            return 0 if self._status.latched or self._stopping else self._pace.inbox - len(self._inbox)

    def offer(self, deliveries: Sequence[Delivery]) -> None:
        """Takes over deliveries. Raises `Unavailable` when they are more than `capacity()`: then none was taken."""
        with self._lock:
            if self._status.latched or self._stopping or len(deliveries) > self._pace.inbox - len(self._inbox):
                raise Unavailable(kit.INBOX_FULL, endpoint=self.endpoint)
            self._inbox.extend(deliveries)
            self._lock.notify()

    def returned(self) -> Sequence[Returned]:
        """What could not be processed since the last call."""
        with self._lock:
            returned, self._returned = self._returned, []
        return returned

    def latch(self, code: str) -> None:
        """Stops: whoever brings the deliveries met what only a person can judge."""
        self._latch(code)

    def status(self) -> Status:
        with self._lock:
            return replace(self._status, inbox=len(self._inbox))

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"connector {self.endpoint}", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 30.0) -> bool:
        """Ends after the round in hand and closes the store; whether it ended within `patience` seconds.

        Deliveries in the inbox are not lost: the hub has no answer and offers them again.
        """
        with self._lock:
            self._stopping = True
            self._lock.notify()
        if self._thread is not None:
            self._thread.join(patience)
            if self._thread.is_alive():
                return False
        self._store.close()
        return True

    # --- the rounds -------------------------------------------------------------------------------------------------

    def step(self) -> bool:
        """One round; whether there was anything to do. Never raises: trouble becomes back-off or a latch."""
        if self._status.latched:
            return False
        return any([self._guarded(self._flush, self._out), self._guarded(self._take, self._in), self._poll_feeds()])

    def _run(self) -> None:
        while not self._stopping and not self._status.latched:
            if not self.step():
                with self._lock:
                    if not self._stopping and (not self._inbox or not self._in.ready):
                        self._lock.wait(self._patience())

    def _patience(self) -> float:
        waits = [1.0]
        if self._inbox:
            waits.append(self._in.remaining)
        if self._status.outbox:
            waits.append(self._out.remaining)
        if not self._status.feeds_ended:
            soonest = min((poll.remaining for poll in self._polls.values()), default=0.0)
            waits.append(max(self._pace.idle_poll, soonest))
        return max(min(waits), 0.001)

    def _guarded(self, act: Callable[[], bool], backoff: Backoff) -> bool:
        """The one place where a connector's trouble is handled."""
        if not backoff.ready or self._status.latched:
            return False
        try:
            did = act()
        except Unavailable as error:
            backoff.failed(error.code.id)
            self._note(waiting_for=error.code.id)
            return False
        except HubError as error:
            self._latch(error.code.id)
            return False
        except Exception as error:  # noqa: BLE001 - a surprise stops the connector (design promise 7); its text may quote data
            self._latch(kit.ROOM_SURPRISE.id, kind=type(error).__name__)
            return False
        over = bool(backoff.outage)
        backoff.worked()
        # What works says nothing of what does not: a feed that has ended is no sign of a partner that is back.
        if over:
            others = (way.outage.code for way in (self._in, self._out, *self._polls.values()))
            self._note(waiting_for=next(filter(None, others), ""))
        return did

    def _take(self) -> bool:
        """Handles the first deliveries of the inbox, which leave it only when they are committed."""
        limit = self._at_once(self._in)
        with self._lock:
            batch = [self._inbox[place] for place in range(min(limit, len(self._inbox)))]
        if not batch:
            return False
        try:
            self._process(batch)
        except (Unavailable, IntegrityError):
            raise
        except Exception:  # noqa: BLE001 - one of them cannot be processed: which one shows when each goes alone
            for delivery in batch:
                self._alone(delivery)
        self._guarded(self._flush, self._out)
        return True

    def _process(self, batch: Sequence[Delivery]) -> None:
        done = self._processing.process(batch, self._clock.now())
        self._failing.clear()
        with self._lock:
            for _ in batch:
                self._inbox.popleft()
            self._status = replace(
                self._status,
                handled=self._status.handled + done.fresh,
                repeated=self._status.repeated + done.repeated,
                outbox=self._status.outbox + done.outgoing,
                feeds_ended=self._status.feeds_ended and not self._watch_again(),
            )
        self._handled([delivery.index for delivery in batch])

    def _watch_again(self) -> bool:
        """What was just done may have begun something that a watch has yet to tell; whether there is one."""
        watches = [feed.name for feed in self._feeds if isinstance(feed, Watch)]
        for name in watches:
            self._positions[name] = replace(self._positions[name], ended=False)
        return bool(watches)

    def _alone(self, delivery: Delivery) -> None:
        """Each message of a failed batch by itself, so that one that cannot be processed stops no other."""
        try:
            self._process([delivery])
        except (Unavailable, IntegrityError):
            raise
        except HubError as error:
            self._give_back(delivery, error.code.id, hold=isinstance(error, Held))
        except Exception as error:  # noqa: BLE001 - whatever it was, this message was not processed; its text may quote data
            self._give_back(delivery, kit.ROOM_SURPRISE.id, hold=False, kind=type(error).__name__)

    def _give_back(self, delivery: Delivery, code: str, *, hold: bool, **facts: str) -> None:
        with self._lock:
            self._inbox.popleft()
            self._returned.append(Returned(delivery.index, code, hold))
        self._store.shelf.forget(hashlib.sha256(delivery.raw).hexdigest())
        self._failing.add(delivery.index)
        self._observer("delivery.returned", endpoint=self.endpoint, code=code, index=delivery.index, **facts)
        if len(self._failing) >= FAILING:
            raise IntegrityError(kit.ROOM_BROKEN, endpoint=self.endpoint, count=FAILING)

    def _flush(self) -> bool:
        """Sends what waits, oldest first, until the outbox is empty; each row goes when its receipt is logged."""
        if not self._status.outbox:
            return False
        limit = self._at_once(self._out)
        while waiting := self._with_files(self._store.waiting(limit)):
            submissions = [one.submission for one in waiting]
            recorded = self._hub.submit(submissions)
            if len(recorded) != len(waiting):
                raise IntegrityError(kit.RECEIPT_DIFFERS, endpoint=self.endpoint, cause="one receipt per submission")
            self._acceptance.receipts(submissions, recorded)
            codes = [record.code if not record.permit else "" for record in recorded]
            pairs = [(one.message_id, code) for one, code in zip(waiting, codes, strict=True)]
            self._store.settle(pairs, self._witness.note)
            self._count(codes)
            limit = self._pace.batch
        self._note(outbox=0)
        return True

    def _with_files(self, waiting: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """What goes out together: no more than one message with attachments, the last, and they go before it.

        So the hub holds the attachments of one message of this endpoint at a time without their message.
        """
        carrying = self._store.shelf.carrying() if waiting else frozenset()
        for place, one in enumerate(waiting, start=1):
            if one.message_id in carrying:
                self._deposit(one)
                return waiting[:place]
        return waiting

    def _deposit(self, one: Outgoing) -> None:
        raw = one.submission.raw
        parts = self._store.shelf.outgoing(one.message_id, hashlib.sha256(raw).hexdigest())
        while some := list(islice(parts, WINDOW)):
            self._hub.deposit(self.endpoint, raw, some)

    def _poll_feeds(self) -> bool:
        polled = [self._guarded(partial(self._poll_one, feed), self._polls[feed.name]) for feed in self._feeds]
        return any(polled)

    def _poll_one(self, feed: Feed) -> bool:
        """Takes a page of a feed: its messages and its cursor are committed together. Waits while the outbox is full."""
        position, watching = self._positions[feed.name], isinstance(feed, Watch)
        if self._status.outbox or (position.ended and not watching):
            return False
        page = feed.poll(position.cursor, self._pace.events)
        moved = Position(page.cursor, page.end)
        if moved == position and not page.drafts:
            return False
        drafts = [self._finished(draft) for draft in page.drafts] if watching else page.drafts
        if drafts or not watching:  # that a watch is at rest is no place in it, and not kept
            kept = replace(moved, ended=moved.ended and not watching)
            self._store.commit_poll(feed.name, kept, [outgoing(draft, self._identity) for draft in drafts])
        self._positions[feed.name] = moved
        ended = all(one.ended for one in self._positions.values())
        self._note(outbox=len(page.drafts), feeds_ended=ended)
        self._guarded(self._flush, self._out)
        return True

    def _finished(self, draft: Draft) -> Draft:
        known = self._store.conversation(draft.in_reply_to) if draft.in_reply_to else None
        return finished(draft, known, self._clock.now())

    # --- inside -----------------------------------------------------------------------------------------------------

    def _way(self, name: str, manner: Manner) -> Backoff:
        outage = Outage(manner.observer, f"connector:{name}", self._identity.endpoint)
        return Backoff(manner.monotonic, outage, manner.chance)

    def _at_once(self, way: Backoff) -> int:
        """In an outage one message probes the way; the others follow when it came through."""
        return 1 if way.outage else self._pace.batch

    def _count(self, codes: Sequence[str]) -> None:
        receipts = dict(self._status.receipts)
        for code in codes:
            receipts[code] = receipts.get(code, 0) + 1
        self._note(receipts=MappingProxyType(receipts))

    def _latch(self, code: str, **facts: str) -> None:
        self._note(latched=code)
        self._observer("connector.latched", endpoint=self.endpoint, code=code, **facts)

    def _note(self, **changes: object) -> None:
        with self._lock:
            self._status = replace(self._status, **changes)  # type: ignore[arg-type]  # names checked by `replace` itself
