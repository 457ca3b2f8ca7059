"""The simulator's half of a language in which nobody calls: it looks for work, does it, and looks again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connectors.kit.desk import Desk, Reply
from connectors.kit.languages import sockets
from connectors.kit.languages.waiting import Patience
from connectors.kit.partner import Effect


class Rounds:
    """Looks round and round, ever more slowly while there is nothing to do. Each look says whether there was."""

    def __init__(self, looks: Sequence[Callable[[], bool]]) -> None:
        self._looks = tuple(looks)
        self._stopped = False

    def serve(self) -> None:
        """Until `stop`. Anything that leaves memory and ledger apart ends the process."""
        patience = Patience(0.0)
        try:
            while not self._stopped:
                found = [look() for look in self._looks]
                if any(found):
                    patience.renew()
                patience.rest()
        except BaseException as error:  # noqa: BLE001 - memory may be ahead of the ledger: only a restart is safe
            sockets.crash(error)

    def stop(self) -> None:
        # A plain value: a lock of this thread, taken by a signal handler in the same thread, would never open.
        self._stopped = True


def performed(desk: Desk, effects: Sequence[Effect]) -> Mapping[tuple[str, str], Reply]:
    """Replies by MessageId and digest; what the play cannot read is missing. One sync for all if all can be read."""
    if not effects:
        return {}
    try:
        replies = desk.perform(effects)
    except ValueError:
        if len(effects) == 1:
            return {}
        return {key: reply for effect in effects for key, reply in performed(desk, [effect]).items()}
    return {(effect.message, effect.sha256): reply for effect, reply in zip(effects, replies, strict=True)}
