"""A sender of a home for tests: its identity out of the home's files, and messages that the law permits it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from connectors.juki.messages import PlannedMessage
from connectors.kit.compose import Draft
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.ids import new_id
from hub.app import endpoints
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.config import Config
from hub.edges import pki
from hub.messages import Operator


def sender_of(paths: HomePaths, config: Config, code: str) -> Identity:
    """An endpoint whose keys the home holds."""
    own = paths.endpoint(code)
    pair = pki.read_identity(own.key, own.certificate)
    trust = LogTrust(config.origin, read_file(paths.root_verifier).decode().strip(), read_file(paths.key_list).decode())
    keys = read_file(own.subject_key), read_file(own.store_key)
    return Identity(code, config.zone, config.tenant, config.environment, pair.certificate, pair.key, *keys, trust)


def drafting(planned: PlannedMessage) -> Callable[[], Draft]:
    """The same message again and again, each time about somebody else."""

    def draft() -> Draft:
        payload = planned.payload()
        if payload is None:
            raise ValueError("a message with a payload is wanted")
        now = datetime.now(UTC)
        id_ = new_id(now, secrets.token_bytes(10))
        return Draft(
            flow=planned.flow,
            type=planned.type,
            version=1,
            recipient=planned.recipient,
            basis=planned.basis,
            subjects=(endpoints.fresh_subject(),),
            payload=payload,
            created_at=now,
            conversation_id=id_,
            message_id=id_,
            operator=Operator("S1", "戸籍住民課", "T-1", "TEST", "試験", "password+token", secrets.token_bytes(32)),
        )

    return draft
