"""hub.stages.validate: what of a header no schema can say."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from lxml import etree

from connectors.kit.compose import compose
from hub import envelope
from hub.attachments import MOST_BYTES
from hub.codes import msg
from hub.edges import resources
from hub.errors import Refused
from hub.flows import load as load_flows
from hub.messages import Attachment, Batch, Read, Submission, Valid, Verified
from hub.stages.validate import Site, validate
from hub.xmlsig.precheck import parse
from tests import fakehub, samples
from tests.schemafiles import schemas

JUKI: Final = fakehub.identity("juki")
SHINSEI: Final = fakehub.identity("shinsei")
GOOD: Final = ((1, 1), (1, 2), (2, 2), (999_999, 999_999))
BAD: Final = ((2, 1), (3, 2), (999_999, 1))


def sent(batch: Batch) -> Submission:
    """A message of a set, from the kit."""
    return compose(fakehub.draft(JUKI, "conbini", payload("CV-UPD"), "1", batch=batch), JUKI)


def payload(type_: str) -> bytes:
    return etree.tostring(samples.tree(type_), encoding="UTF-8")


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


def filed(*attachments: Attachment) -> Valid:
    """What the stage says of an application with these attachments."""
    submission = compose(fakehub.draft(SHINSEI, "juki", payload("SN-FILE"), "1", "SN-FILE"), SHINSEI)
    return judged(submission, attachments=attachments)


def pdf(name: str, size: int) -> Attachment:
    return Attachment(name * 32, size, "application/pdf")


class TestAttachments:
    def test_a_type_that_is_not_marked_carries_none(self) -> None:
        """Refused under a code that names the type, not ignored."""
        with pytest.raises(Refused) as caught:
            judged(sent(Batch("set-1", 1, 1)), attachments=(pdf("00", 4711),))

        assert (caught.value.code, caught.value.facts) == (msg.ATTACHMENTS, {"type": "CV-UPD"})

    @pytest.mark.parametrize("sizes", [(1,), (MOST_BYTES,), (MOST_BYTES - 1, 1)])
    def test_64_mib_together_are_valid(self, sizes: tuple[int, ...]) -> None:
        """The limit is of a message, and itself within it."""
        attachments = tuple(pdf(f"{n:02x}", size) for n, size in enumerate(sizes))

        assert filed(*attachments).header.attachments == attachments

    @pytest.mark.parametrize("sizes", [(0,), (MOST_BYTES + 1,), (MOST_BYTES, 1), (5, 0), (999_999_999_999,)])
    def test_more_or_nothing_is_refused(self, sizes: tuple[int, ...]) -> None:
        """By the header alone."""
        with pytest.raises(Refused) as caught:
            filed(*(pdf(f"{n:02x}", size) for n, size in enumerate(sizes)))

        assert caught.value.code is msg.ATTACHMENTS_SIZE

    def test_the_same_twice_is_refused(self) -> None:
        """Under one digest there is one attachment."""
        with pytest.raises(Refused) as caught:
            filed(pdf("ab", 1), pdf("ab", 1))

        assert caught.value.code is msg.ATTACHMENT_TWICE

    def test_files_travel_only_where_a_number_may(self) -> None:
        """Nobody can look for numbers in a file (design promise 8), so a marked type goes only where 個人番号 goes anyway."""
        flows = load_flows(resources.flows_file()).flows
        marked = [kind for kind in schemas().types.values() if kind.attachments]

        assert [kind.type for kind in marked] == ["SN-FILE"]
        assert all("個人番号" in flows[name].numbers for kind in marked for name in kind.flows)
