"""A partner's own screen: a command beside its running simulator, which reads the same state, prints, and changes nothing.

It is the partner's, so it may show values of persons, on a terminal and nowhere else; numbers are masked as the hub masks them.
Whoever can read the ledger and its key can use it: a simulator has no log-in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence

from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options, parser, taken
from hub import masking
from hub.codes import kit
from hub.errors import HubError, Misconfigured

Show = Callable[[Options, Tokens, str], Iterable[str]]


def run(name: str, asked: str, show: Show, arguments: Sequence[str] | None = None) -> int:
    """The main function of a screen; `asked` names what it takes besides the options of its simulator. Returns the exit code."""
    options = parser(name)
    options.add_argument("asked", metavar=asked)
    given = options.parse_args(arguments)
    started = taken(given)
    try:
        lines = list(show(started, Tokens.at(started.key, begun=True), given.asked))
    except HubError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the terminal of whoever asks
        return error.exit_code
    print("\n".join(lines))  # noqa: T201 - this is the screen
    return 0


def masked(name: str, text: str) -> str:
    """As a person may see an item (`hub hold show`)."""
    return masking.masked(name, text)


def nothing_there() -> Misconfigured:
    """The refusal when the partner has not what it is asked to show."""
    return Misconfigured(kit.NOT_ON_SCREEN)
