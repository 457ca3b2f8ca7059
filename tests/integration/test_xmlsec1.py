"""A foreign verifier agrees: Debian's `xmlsec1` accepts what we sign and refuses what was changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.edges.pki import KeyKind, write_certificates
from hub.xmlsig import sign
from tests import testpki, xmlsec
from tests.xmlattacks import SENDER, unsigned
from tests.xmlsec import xmlsec1

__all__ = ["xmlsec1"]  # a fixture

AT = "2026-11-02 03:04:05"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    write_certificates(path, [testpki.authority().certificate])
    return path


def accepts(tool: str, authority: Path, raw: bytes) -> bool:
    message = authority.with_name("message.xml")
    message.write_bytes(raw)
    return xmlsec.verify(tool, authority, [message], AT)[0]


@pytest.mark.parametrize("kind", ["ecdsa-p256", "rsa-3072"])
class TestXmlsec1:
    def test_accepts_what_we_sign(self, kind: KeyKind, xmlsec1: str, authority: Path) -> None:
        """Japanese element names, characters outside the BMP and markup signs in the text included."""
        sender = testpki.endpoint(SENDER, kind=kind)
        for text in ("足立区中央本町一丁目", "𠮷野家&amp;&lt;髙﨑&gt;\u3099", "a\"b'c &#13;&#9;d"):
            assert accepts(xmlsec1, authority, sign(unsigned(text=text), sender.key, sender.certificate))

    def test_refuses_what_was_changed(self, kind: KeyKind, xmlsec1: str, authority: Path) -> None:
        """The same message with one letter changed is refused, so the acceptance above means something."""
        sender = testpki.endpoint(SENDER, kind=kind)
        raw = sign(unsigned(), sender.key, sender.certificate)

        assert not accepts(xmlsec1, authority, raw.replace("中央".encode(), "中夬".encode(), 1))

    def test_refuses_a_certificate_of_a_false_ca(self, kind: KeyKind, xmlsec1: str, authority: Path) -> None:
        """It checks the chain with the options we give it."""
        impostor = testpki.impostor(SENDER)

        assert not accepts(xmlsec1, authority, sign(unsigned(), impostor.key, impostor.certificate))
