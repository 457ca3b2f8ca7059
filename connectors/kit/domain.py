"""The domain codes that partners answer with, by id: a room and its simulator import no code of the hub."""

from __future__ import annotations

from typing import Final

from hub.codes import dom

ARRIVAL_OF_RESIDENT: Final = dom.ARRIVAL_OF_RESIDENT.id
MOVE_CHANGES_MORE: Final = dom.MOVE_CHANGES_MORE.id
UNKNOWN_PERSON: Final = dom.UNKNOWN_PERSON.id
REMOVED_PERSON: Final = dom.REMOVED_PERSON.id
NO_MATCH: Final = dom.NO_MATCH.id
STALE_VERSION: Final = dom.STALE_VERSION.id
COPY_DIFFERS: Final = dom.COPY_DIFFERS.id
COPY_FORM: Final = dom.COPY_FORM.id
