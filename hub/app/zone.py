"""One zone at work, embedded: one process owns the home; connectors are threads in it, and everything else asks by socket.

The core thread alone touches the journal: it takes submissions in groups, then hands out what is ready (design section 5).
An `IntegrityError` latches the zone: nothing is accepted or delivered any more, and the process ends with exit code 4.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar, cast

from hub.app.surprise import whereabouts
from hub.codes import zon
from hub.dispatcher import Dispatcher
from hub.errors import IntegrityError, Unavailable
from hub.intake import Intake
from hub.messages import Recorded, Submission
from hub.outages import Outage
from hub.ports import Observer, Receiver

GROUP = 50
IDLE_SECONDS = 0.02
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    submissions: tuple[Submission, ...]
    answer: Future[tuple[Recorded, ...]]


@dataclass(frozen=True, slots=True)
class _Task:
    act: Callable[[], object]
    answer: Future[object]


class ZoneCore:
    """The one thread that owns intake and dispatcher."""

    def __init__(
        self, intake: Intake, dispatcher: Dispatcher, observe: Observer, before_round: Callable[[], None] | None = None
    ) -> None:
        """`before_round` is called on the core thread before each round of the dispatcher; it may raise as that does."""
        self._before_round = before_round
        self._intake = intake
        self._dispatcher = dispatcher
        self._observe = observe
        self._outage = Outage(observe, "dispatcher")
        self._asked: queue.SimpleQueue[_Asked | _Task | None] = queue.SimpleQueue()
        self._receivers: Mapping[str, Receiver] = {}
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.latched: IntegrityError | None = None
        self.failed = ""
        self._thread = threading.Thread(target=self._run, name="zone core", daemon=True)

    def start(self, receivers: Mapping[str, Receiver]) -> None:
        """Begins to work; `receivers` are the connectors that run in this process, by endpoint."""
        self._receivers = receivers
        self._thread.start()

    def stop(self) -> None:
        """Finishes the group in hand and ends; what was submitted and not taken gets `Unavailable`."""
        self._stopping.set()
        self._asked.put(None)
        self._thread.join()

    def submit(self, submissions: Sequence[Submission]) -> tuple[Recorded, ...]:
        """Blocks until every submission is in the log; thread-safe. Raises `Unavailable` or the latched `IntegrityError`."""
        asked = _Asked(tuple(submissions), Future())
        self._ask(asked)
        return asked.answer.result()

    def do(self, act: Callable[[], T]) -> T:
        """Runs `act` on the core thread, between two groups, and gives its result. Raises as `act`, and as `submit`."""
        task = _Task(act, Future())
        self._ask(task)
        return cast(T, task.answer.result())

    def _ask(self, asked: _Asked | _Task) -> None:
        with self._lock:  # else it could come after the ending thread has looked for the last time
            if self.latched is not None:
                raise self.latched
            if self._stopping.is_set():
                raise Unavailable(zon.STOPPING)
            self._asked.put(asked)

    @property
    def ended(self) -> bool:
        """Whether the core thread is gone: by `stop`, by a latch, or by a fault named in `failed`."""
        return self._stopping.is_set()

    @property
    def outstanding(self) -> int:
        """Deliveries in the hands of connectors."""
        return self._dispatcher.outstanding

    # --- the core thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            busy = True
            while not self._stopping.is_set():
                taken = self._take(wait=not busy)
                busy = self._dispatch() or taken
        except IntegrityError as error:
            self.latched = error
            self._observe("log.latched", code=error.code.id)
        except Exception as surprise:  # noqa: BLE001 - the thread ends here: the process must end with it, and say why
            self.failed = type(surprise).__name__
            self._observe("log.latched", code=self.failed, place=whereabouts(surprise))
        finally:
            self._stopping.set()
            self._refuse_the_rest()

    def _dispatch(self) -> bool:
        try:
            if self._before_round is not None:
                self._before_round()
            moved = self._dispatcher.round(self._receivers)
        except Unavailable as error:  # nothing was handed over; the next round does it
            self._outage.failed(error.code.id)
            return False
        self._outage.worked()
        return moved > 0

    def _take(self, *, wait: bool) -> bool:
        group = self._gather(wait=wait)
        if not group:
            return False
        submissions = [submission for asked in group for submission in asked.submissions]
        try:
            taken = self._intake.take(submissions)
        except Unavailable as error:
            for asked in group:
                asked.answer.set_exception(error)
            return False
        except BaseException as error:
            for asked in group:
                asked.answer.set_exception(error)
            raise
        self._dispatcher.answered(taken.finished)
        place = 0
        for asked in group:
            asked.answer.set_result(taken.recorded[place : place + len(asked.submissions)])
            place += len(asked.submissions)
        return True

    def _gather(self, *, wait: bool) -> list[_Asked]:
        """What waits now, up to about one group; with `wait`, blocks for the first a little while."""
        group: list[_Asked] = []
        count = 0
        while count < GROUP:
            try:
                asked = self._asked.get(timeout=IDLE_SECONDS) if wait and not group else self._asked.get_nowait()
            except queue.Empty:
                break
            if asked is None:
                break
            if isinstance(asked, _Task):
                _perform(asked)
                break
            group.append(asked)
            count += len(asked.submissions)
        return group

    def _refuse_the_rest(self) -> None:
        error = self.latched or Unavailable(zon.STOPPING)
        with self._lock:
            while not self._asked.empty():
                asked = self._asked.get_nowait()
                if asked is not None:
                    asked.answer.set_exception(error)


def _perform(task: _Task) -> None:
    """A command's error is the command's; one of integrity stops the zone as well."""
    try:
        task.answer.set_result(task.act())
    except IntegrityError as error:
        task.answer.set_exception(error)
        raise
    except Exception as error:  # noqa: BLE001 - handed to whoever asked
        task.answer.set_exception(error)
