"""The attachments of a believed message, fetched part by part and verified before a room hears of it (ADR 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final

from connectors.kit.files import Received
from connectors.kit.hubport import Hub
from connectors.kit.room import Opened, Room, TakesFiles
from connectors.kit.shelf import Shelf
from hub.attachments import check_declared, digest
from hub.codes import kit
from hub.errors import Refused
from hub.messages import Attachment

WINDOW: Final = 4  # parts in memory at a time


class Fetching:
    """Of one endpoint and its room."""

    def __init__(self, endpoint: str, hub: Hub, shelf: Shelf, room: Room) -> None:
        self._endpoint = endpoint
        self._hub = hub
        self._shelf = shelf
        self._room = room

    def wanted(self, one: Opened) -> bool:
        """Whether the room takes what this message carries; to a message without attachments every room says yes."""
        room = self._room
        attachments = one.header.attachments
        return not attachments or (isinstance(room, TakesFiles) and all(room.takes(each) for each in attachments))

    def complete(self, messages: Sequence[Opened]) -> list[Opened]:
        """The same messages with their files.

        Raises `Refused` HUB-KIT-079 or -080 when the hub has not what was signed; `Unavailable` when it cannot be asked.
        """
        return [self._completed(one) if one.header.attachments else one for one in messages]

    def _completed(self, one: Opened) -> Opened:
        check_declared(one.header.attachments)  # before anything is spent on it
        files = tuple(self._file(one, number, each) for number, each in enumerate(one.header.attachments, start=1))
        return replace(one, files=files)

    def _file(self, one: Opened, number: int, attachment: Attachment) -> Received:
        missing = iter(self._shelf.missing(one.digest, attachment))
        while places := list(islice(missing, WINDOW)):
            contents = self._hub.fetch(self._endpoint, one.delivery.index, attachment.sha256, places)
            if len(contents) != len(places) or not all(contents):
                raise Refused(kit.ATTACHED_GONE, number=number)
            self._take(one, number, attachment, list(zip(places, contents, strict=True)))
        if digest(self._shelf.received(one.digest, attachment)) != (attachment.sha256, attachment.size):
            raise self._differs(one, number)
        return Received(attachment, partial(self._shelf.received, one.digest, attachment))

    def _take(self, one: Opened, number: int, attachment: Attachment, parts: Sequence[tuple[int, bytes]]) -> None:
        try:
            self._shelf.take(one.digest, attachment, parts)
        except ValueError:
            raise self._differs(one, number) from None

    def _differs(self, one: Opened, number: int) -> Refused:
        """What is wrong is not kept: it may be right the next time."""
        self._shelf.forget(one.digest)
        return Refused(kit.ATTACHED_DIFFERS, number=number)
