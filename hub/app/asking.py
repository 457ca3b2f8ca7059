"""Asking the process that owns a home, or owning it for the moment when nobody does (design section 5).

The same request is answered by the same function either way, and an error of the owner's ends the command as its own would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from hub.app.freezing import Freezing
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.codes import catalogue, zon
from hub.edges.clock import SystemClock
from hub.edges.socket import Client
from hub.errors import HomeInUse, HubError, IntegrityError, Misconfigured, Refused, Unavailable
from hub.framing import Message
from hub.observe import silent

_MOODS: Mapping[int, type[HubError]] = {
    mood.exit_code: mood for mood in (Misconfigured, Refused, IntegrityError, Unavailable, HomeInUse)
}


def ask(home: Path, request: Message, answer: Callable[[OpenHome, Message], Message]) -> Message:
    """The owner's answer, or ours. Raises as `answer`, as `open_home`, and `Unavailable` when the owner is silent."""
    with asking(home, answer) as one:
        return one(request)


@contextmanager
def asking(home: Path, answer: Callable[[OpenHome, Message], Message]) -> Iterator[Callable[[Message], Message]]:
    """For several requests to the same owner, who may be we ourselves for as long as the block runs. Raises as `ask`."""
    with ExitStack() as held:
        try:
            opened = held.enter_context(open_home(home, SystemClock(), silent))
            Freezing(opened).look()  # what is frozen is handed to nobody by hand either
            one = partial(answer, opened)
        except HomeInUse:
            client = Client(HomePaths(home).socket)
            held.callback(client.close)
            one = partial(_told, client)
        yield one


def _told(client: Client, request: Message) -> Message:
    reply = client.call(request)
    if "error" in reply:
        raise _error(reply)
    return reply


def failure(error: HubError) -> Message:
    """An error as the owner tells it."""
    return {"error": error.code.id, "exit": error.exit_code, "facts": dict(error.facts)}


def _error(reply: Message) -> HubError:
    code, facts = catalogue().get(str(reply["error"])), reply.get("facts")
    if code is None or not isinstance(facts, dict):
        return Unavailable(zon.OWNER_SILENT)
    exit_code = reply.get("exit")
    mood = _MOODS.get(exit_code, Unavailable) if isinstance(exit_code, int) else Unavailable
    return mood(code, **{str(name): fact for name, fact in facts.items() if isinstance(fact, str | int)})
