"""connectors.kit.compose, identity, operators, payload: what a connector signs is what docs/spec/message.md says."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from connectors.kit.compose import compose
from connectors.kit.operators import Automaton
from connectors.kit.payload import items, payload_of, with_item
from hub import envelope, xmlsig
from hub.edges.resources import xsd_files
from hub.schemas import Schemas
from tests import fakehub, testpki

SENDER = fakehub.identity("juki")
PAYLOAD = '<証明書元情報 xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名><世帯><番号>1</番号></世帯></証明書元情報>'.encode()


class TestCompose:
    def test_signs_for_its_endpoint(self) -> None:
        """The hub's own verification finds the sender that the certificate is registered to."""
        submission = compose(fakehub.draft(SENDER, "conbini", PAYLOAD, "1"), SENDER)

        signed = xmlsig.verify(submission.raw, testpki.trust("juki", environment="test"), fakehub.AT)

        assert signed.endpoint == "juki"

    def test_writes_every_part_of_the_header(self) -> None:
        """What stands in the draft stands in the signed header, in the order of the schema."""
        draft = fakehub.draft(
            SENDER,
            "conbini",
            PAYLOAD,
            "1",
            expires_at=fakehub.AT + timedelta(days=1),
            in_reply_to="0195e7a0-5a10-7c3e-9d52-0b6a4c1f77aa",
            corrects="0195e7a0-5a10-7c3e-9d52-0b6a4c1f77ab",
        )

        root = etree.fromstring(compose(draft, SENDER).raw)
        header = envelope.parse_header(root)

        Schemas.load(xsd_files()).validate_envelope(root)
        assert (header.tenant, header.environment, header.sender) == (SENDER.tenant, SENDER.environment, "juki")
        for name in ("message_id", "recipient", "type", "subjects", "basis", "expires_at", "corrects"):
            assert getattr(header, name) == getattr(draft, name)

    def test_binds_the_operator_part(self) -> None:
        """OperatorDigest is SHA-256 over the salt and the canonical members without it (re-derived here)."""
        submission = compose(fakehub.draft(SENDER, "conbini", PAYLOAD, "1"), SENDER)
        members = json.loads(submission.operator)
        salt = envelope.parse_operator(submission.operator).salt
        del members["salt"]
        text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

        digest = envelope.parse_header(etree.fromstring(submission.raw)).operator_digest

        assert digest == hashlib.sha256(salt + text).hexdigest()
        assert b"S-AUTO" not in submission.raw

    def test_leaves_the_draft_as_it_was(self) -> None:
        """A draft can be composed again; only the signature differs."""
        draft = fakehub.draft(SENDER, "conbini", PAYLOAD, "1")

        first, second = compose(draft, SENDER), compose(draft, SENDER)

        assert payload_of(first.raw).tag == payload_of(second.raw).tag
        assert etree.tostring(payload_of(first.raw)) == etree.tostring(payload_of(second.raw))

    def test_takes_a_payload_as_bytes(self) -> None:
        """Bytes and element make the same document."""
        draft = fakehub.draft(SENDER, "conbini", PAYLOAD, "1")

        made = compose(replace(draft, payload=PAYLOAD), SENDER)

        assert items(payload_of(made.raw)) == items(payload_of(compose(draft, SENDER).raw))


class TestIdentity:
    def test_tokens_cannot_be_joined_between_recipients(self) -> None:
        """The same person has another token towards every recipient, of the form of the schema."""
        first, second = SENDER.subject("cs", "123"), SENDER.subject("zei", "123")

        assert first != second
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", first)
        assert first == SENDER.subject("cs", "123")

    def test_shows_no_key(self) -> None:
        """A printed identity names its endpoint and no secret."""
        assert "key" not in repr(SENDER)
        assert SENDER.subject_key.hex() not in repr(SENDER)

    def test_refuses_short_keys(self) -> None:
        """Keys have 32 bytes."""
        with pytest.raises(ValueError, match="32 bytes"):
            replace(SENDER, subject_key=b"short")


class TestAutomaton:
    def test_salts_every_act(self) -> None:
        """Two acts have two salts, so their digests cannot be compared."""
        automaton = Automaton("cs")

        assert automaton.acting("A", "b").salt != automaton.acting("A", "b").salt


class TestPayload:
    def test_reads_items_by_name(self) -> None:
        """Every element without children is an item."""
        assert items(etree.fromstring(PAYLOAD)) == {"氏名": "見本 太郎", "番号": "1"}

    def test_refuses_an_item_that_stands_twice(self) -> None:
        """Two values for one name are no value."""
        with pytest.raises(ValueError, match="twice"):
            items(etree.fromstring("<a><b>1</b><b>2</b></a>"))

    def test_replaces_an_item_at_its_place(self) -> None:
        """The copy has the new item where the old one stood; the original is untouched."""
        original = etree.fromstring(PAYLOAD)

        made = with_item(original, "氏名", "名前", "見本 花子")

        assert [etree.QName(one).localname for one in made] == ["名前", "世帯"]
        assert items(made)["名前"] == "見本 花子"
        assert items(original)["氏名"] == "見本 太郎"

    @pytest.mark.parametrize("text", ["<a/>", "<a><x/><b><x/></b></a>"])
    def test_replaces_exactly_one_item(self, text: str) -> None:
        """None or two of that name is a mistake."""
        with pytest.raises(ValueError, match="exactly one"):
            with_item(etree.fromstring(text), "x", "y", "")

    def test_bytes_that_are_no_envelope_have_no_payload(self) -> None:
        """The reason names no content."""
        with pytest.raises(ValueError, match="not an envelope"):
            payload_of(b"<x>")
