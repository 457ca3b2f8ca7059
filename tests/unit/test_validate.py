"""hub.stages.validate: what of a header no schema can say."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from lxml import etree

from connectors.kit.compose import compose
from hub import envelope
from hub.codes import msg
from hub.errors import Refused
from hub.messages import Attachment, Batch, Read, Submission, Valid, Verified
from hub.stages.validate import Site, validate
from hub.xmlsig.precheck import parse
from tests import fakehub, samples
from tests.schemafiles import schemas

JUKI: Final = fakehub.identity("juki")
GOOD: Final = ((1, 1), (1, 2), (2, 2), (999_999, 999_999))
BAD: Final = ((2, 1), (3, 2), (999_999, 1))


def sent(batch: Batch) -> Submission:
    """A message of a set, from the kit."""
    payload = etree.tostring(samples.tree("CV-UPD"), encoding="UTF-8")
    return compose(fakehub.draft(JUKI, "conbini", payload, "1", batch=batch), JUKI)


def judged(submission: Submission, **changes: object) -> Valid:
    """What the stage says of it when its header says this too."""
    root = parse(submission.raw)
    header = replace(envelope.parse_header(root), **changes)  # type: ignore[arg-type]
    message = Read(Verified(submission, root, "juki", "", "", ""), header)
    return validate(message, Site(JUKI.tenant, JUKI.environment, schemas()), header.created_at)


class TestBatch:
    @pytest.mark.parametrize(("position", "count"), GOOD)
    def test_a_place_within_its_set_is_valid(self, position: int, count: int) -> None:
        """From the kit's hand through the schema and the stage, unchanged."""
        batch = Batch("set-1", position, count)
        submission = sent(batch)
        schemas().validate_envelope(parse(submission.raw))

        assert envelope.parse_header(parse(submission.raw)).batch == batch
        assert judged(submission, batch=batch).header.batch == batch

    @pytest.mark.parametrize(("position", "count"), BAD)
    def test_a_place_beyond_its_set_is_refused(self, position: int, count: int) -> None:
        """The third of two would never be complete: refused under its own code, for the schema cannot compare the two."""
        batch, submission = Batch("set-1", position, count), sent(Batch("set-1", 1, 1))

        with pytest.raises(Refused) as caught:
            judged(submission, batch=batch)

        assert caught.value.code is msg.BATCH_PLACE

    @pytest.mark.parametrize(("position", "count"), [*BAD, (0, 1), (-1, 2)])
    def test_the_kit_sends_no_such_place(self, position: int, count: int) -> None:
        """It is refused before it is signed, so a room cannot send what the hub would refuse."""
        with pytest.raises(Refused) as caught:
            sent(Batch("set-1", position, count))

        assert caught.value.code is msg.BATCH_PLACE


class TestAttachments:
    def test_are_refused(self) -> None:
        """The form of a reference is fixed, but nothing carries them yet: refused under a code that says so, not ignored."""
        attachments = (Attachment("0" * 64, 4711, "application/pdf"),)
        with pytest.raises(Refused) as caught:
            judged(sent(Batch("set-1", 1, 1)), attachments=attachments)

        assert caught.value.code is msg.ATTACHMENTS
