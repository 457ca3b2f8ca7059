"""What sign, pre-check and verify promise to their callers."""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml.algorithms import CanonicalizationMethod

from hub.codes import crt, sig
from hub.errors import Misconfigured, Refused
from hub.xmlsig import (
    Anchor,
    Impersonation,
    Limits,
    Trust,
    claimed_header,
    fingerprint,
    precheck,
    sign,
    verify,
    verify_prechecked,
)
from hub.xmlsig.engine import TESTED_SIGNXML, InvalidSignature, signer
from hub.xmlsig.names import Method
from hub.xmlsig.rawcheck import DECLARATION
from tests import testpki
from tests.xmlattacks import OTHER, SENDER, canonical_document, unsigned


@pytest.fixture(scope="module")
def trust() -> Trust:
    return testpki.trust(SENDER, OTHER)


@pytest.fixture(scope="module")
def signed() -> bytes:
    sender = testpki.endpoint(SENDER)
    return sign(unsigned(), sender.key, sender.certificate)


class TestSign:
    def test_what_we_sign_our_verify_accepts(self, signed: bytes, trust: Trust) -> None:
        """A round trip gives the endpoint, the fingerprint, the digest of the bytes and the signed content."""
        result = verify(signed, trust, testpki.AT)

        assert result.endpoint == SENDER
        assert fingerprint(testpki.endpoint(SENDER).certificate) == result.fingerprint
        assert sha256(signed).hexdigest() == result.digest
        assert [etree.QName(child).localname for child in result.root] == ["Header", "Body"]
        assert result.root.findtext(".//{urn:juki-hub:juki:1}項目1") == "足立区中央本町一丁目"

    def test_has_declaration_and_the_signature_as_last_child(self, signed: bytes) -> None:
        """The bytes begin with the XML declaration, and the signature stands last."""
        assert signed.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Envelope ')
        assert signed.endswith(b"</ds:Signature></Envelope>")

    def test_accepts_an_element_and_leaves_it_alone(self, trust: Trust) -> None:
        """An element is signed as its bytes would be, and is not changed."""
        sender = testpki.endpoint(SENDER)
        root = etree.fromstring(unsigned())
        before = etree.tostring(root)
        raw = sign(root, sender.key, sender.certificate)

        assert before == etree.tostring(root)
        assert verify(raw, trust, testpki.AT).endpoint == SENDER

    def test_normalises_any_spelling_of_the_same_xml(self, trust: Trust) -> None:
        """Pretty printing, quotes, unused namespaces and CRLF in the input end in the one canonical form."""
        sender = testpki.endpoint(SENDER)
        spelled = (
            unsigned().replace(b"<Header>", b"\r\n  <Header xmlns:u='urn:unused'>").replace(b"<Body>", b"\n<Body>")
        )

        assert verify(sign(spelled, sender.key, sender.certificate), trust, testpki.AT).endpoint == SENDER

    def test_rsa_3072_signs_and_verifies(self) -> None:
        """RSA of 3072 bits is accepted like ECDSA P-256."""
        sender = testpki.endpoint(SENDER, kind="rsa-3072")
        prints = {SENDER: frozenset({fingerprint(sender.certificate)})}
        trust = Trust([Anchor(testpki.authority().certificate)], prints, environment="test")
        raw = sign(unsigned(), sender.key, sender.certificate)

        assert verify(raw, trust, testpki.AT).endpoint == SENDER

    def test_refuses_a_key_that_is_not_the_certificates(self) -> None:
        """A key and a foreign certificate are a fault of configuration."""
        with pytest.raises(Misconfigured) as caught:
            sign(unsigned(), testpki.endpoint(SENDER).key, testpki.endpoint(OTHER).certificate)

        assert crt.KEY_MISMATCH is caught.value.code

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("<Body>", "<Body><!--x-->", sig.MARKUP),
            ("<Body>", "<Body><?x?>", sig.MARKUP),
            ("<Header>", '<Header xml:id="a">', sig.ATTRIBUTE),
            ("<Body>", "<Body><x xmlns='http://www.w3.org/2000/09/xmldsig#'/>", sig.SIGNATURE_DUPLICATE),
            ("<Envelope", "<!DOCTYPE Envelope><Envelope", sig.DOCTYPE),
            ("</Envelope>", "<Anhang></Anhang></Envelope>", sig.ENVELOPE),
            ("</Envelope>", "", sig.MALFORMED),
            ("urn:juki-hub:exchange:1", "urn:juki-hub:exchange:2", sig.ENVELOPE),
        ],
    )
    def test_refuses_to_sign_what_verify_would_refuse(self, old: str, new: str, code: object) -> None:
        """Nothing is silently dropped or signed that a verifier would not accept."""
        sender = testpki.endpoint(SENDER)
        with pytest.raises(Refused) as caught:
            sign(unsigned().replace(old.encode(), new.encode(), 1), sender.key, sender.certificate)

        assert code is caught.value.code

    def test_refuses_to_sign_twice(self, signed: bytes) -> None:
        """A signed envelope is not signed again."""
        sender = testpki.endpoint(SENDER)
        with pytest.raises(Refused) as caught:
            sign(signed, sender.key, sender.certificate)

        assert sig.SIGNATURE_DUPLICATE is caught.value.code

    @settings(max_examples=60, deadline=None)
    @given(text=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=60))
    def test_any_text_survives(self, text: str) -> None:
        """Every character that XML allows, also outside the BMP and with combining marks, arrives as it was sent."""
        sender = testpki.endpoint(SENDER)
        root = etree.fromstring(unsigned())
        root[1][0][0].text = text
        result = verify(sign(root, sender.key, sender.certificate), testpki.trust(SENDER), testpki.AT)

        assert text == (result.root[1][0][0].text or "")


class TestVerify:
    def test_signature_is_the_element_and_verifies_apart(self, signed: bytes, trust: Trust) -> None:
        """The kept signature is the `ds:Signature` element of the message, byte for byte."""
        result = verify(signed, trust, testpki.AT)

        assert result.signature in signed
        assert result.signature.startswith(b"<ds:Signature xmlns:ds=")

    def test_impersonation_carries_the_evidence(self, trust: Trust) -> None:
        """Another endpoint's genuine key under a foreign Sender is refused and provable against that endpoint."""
        other = testpki.endpoint(OTHER)
        raw = sign(unsigned(SENDER), other.key, other.certificate)
        with pytest.raises(Impersonation) as caught:
            verify(raw, trust, testpki.AT)

        assert caught.value.signed.endpoint == OTHER
        assert sha256(raw).hexdigest() == caught.value.signed.digest
        assert caught.value.signed.signature in raw

    def test_refuses_when_the_signed_bytes_are_not_the_document(self, signed: bytes, trust: Trust) -> None:
        """Even if the pre-check missed something, what signxml says was signed must be the document."""
        message = precheck(signed)
        elsewhere = replace(message, body=message.body.replace("税".encode(), "偽".encode()))
        with pytest.raises(Refused) as caught:
            verify_prechecked(elsewhere, trust, testpki.AT)

        assert sig.SIGNED_NOT_ROOT is caught.value.code

    def test_a_surprise_in_the_library_refuses(
        self, signed: bytes, trust: Trust, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An exception that nobody expected becomes a refusal and does not escape (design promise 7)."""

        def broken(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(import_module("hub.xmlsig.verify"), "verify_engine", broken)
        with pytest.raises(Refused) as caught:
            verify(signed, trust, testpki.AT)

        assert sig.UNEXPECTED is caught.value.code

    def test_lack_of_memory_is_not_the_senders_fault(
        self, signed: bytes, trust: Trust, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A good message is not refused for ever because this process ran out of memory."""

        def exhausted(*_: object) -> None:
            raise MemoryError

        monkeypatch.setattr(import_module("hub.xmlsig.verify"), "verify_engine", exhausted)
        with pytest.raises(MemoryError):
            verify(signed, trust, testpki.AT)

    def test_twin_of_an_ecdsa_value_verifies(self, signed: bytes, trust: Trust) -> None:
        """Known hole, stated in precheck.py: (r, n-s) verifies too, under another digest of the bytes."""
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        root = etree.fromstring(signed)
        value = b64decode(root[2][1].text or "")
        twin = (order - int.from_bytes(value[32:], "big")).to_bytes(32, "big")
        root[2][1].text = b64encode(value[:32] + twin).decode()
        raw = canonical_document(root)

        assert verify(signed, trust, testpki.AT).digest != verify(raw, trust, testpki.AT).digest


class TestClaimedHeader:
    def test_names_what_a_stranger_claims(self) -> None:
        """The fields of a well-formed message with an untrusted signature are readable."""
        stranger = testpki.impostor("誰か")
        claims = claimed_header(sign(unsigned("誰か"), stranger.key, stranger.certificate))

        assert claims == {
            "MessageId": "018f0000-0000-7000-8000-000000000001",
            "Sender": "誰か",
            "Recipient": OTHER,
            "Type": "T-1",
            "Tenant": "131211",
        }

    def test_is_empty_when_the_form_is_wrong(self) -> None:
        """Before the pre-check has passed nothing is claimed."""
        assert claimed_header(DECLARATION + unsigned()) == {}

    def test_leaves_out_what_cannot_be_shown(self) -> None:
        """Overlong and unprintable values never reach a log."""
        sender = testpki.endpoint(SENDER)
        raw = unsigned().replace(b"T-1", b"x" * 200).replace(b"131211", "13\u202e1211".encode())
        claims = claimed_header(sign(raw, sender.key, sender.certificate))

        assert {"MessageId", "Sender", "Recipient"} == set(claims)


class TestLimits:
    @pytest.mark.parametrize("name", ["bytes", "depth", "elements", "attributes", "namespaces", "run"])
    def test_each_limit_holds_at_its_edge(self, name: str, signed: bytes) -> None:
        """A limit is inclusive: the message passes at its own size and is refused one below."""
        edges = {
            "bytes": len(signed),
            "depth": 6,
            "elements": len(list(etree.fromstring(signed).iter())),
            "attributes": 6,
            "namespaces": signed.count(b"xmlns"),
            "run": max(map(len, signed.split(b"<"))),
        }
        precheck(signed, replace(Limits(), **{name: edges[name]}))
        with pytest.raises(Refused) as caught:
            precheck(signed, replace(Limits(), **{name: edges[name] - 1}))

        assert caught.value.code in {sig.LIMIT, sig.TOO_LARGE}

    def test_must_be_positive(self) -> None:
        """A limit of zero is a fault of the caller."""
        with pytest.raises(ValueError, match="depth"):
            Limits(depth=0)


class TestEngine:
    def test_signxml_is_the_tested_version(self) -> None:
        """The overrides touch private hooks of signxml: another version needs this suite and a new pin."""
        assert version("signxml") == TESTED_SIGNXML

    def test_the_payload_never_reaches_a_log(self, caplog: pytest.LogCaptureFixture, trust: Trust) -> None:
        """signxml would log the canonical payload at DEBUG; nothing is logged even when everything is switched on."""
        caplog.set_level(logging.DEBUG)
        for name in ("signxml", "signxml.processor"):
            caplog.set_level(logging.DEBUG, logger=name)
        sender = testpki.endpoint(SENDER)
        verify(sign(unsigned(), sender.key, sender.certificate), trust, testpki.AT)

        assert caplog.records == []

    def test_no_other_canonicalization_can_run(self) -> None:
        """Whatever a message asks for, only exclusive C14N is ever computed (security.md finding 2)."""
        root = etree.fromstring(unsigned())
        for other in CanonicalizationMethod:
            if other is not CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0:
                with pytest.raises(InvalidSignature):
                    signer(Method.ECDSA)._c14n(root, algorithm=other)
