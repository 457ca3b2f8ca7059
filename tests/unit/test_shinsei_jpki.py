"""connectors.shinsei.jpki: a filing counts only when everything about its signature is proven; each failure has its own code."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.domain import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNTRUSTED,
    FILING_CHANGED,
)
from connectors.shinsei.jpki import DEVELOPMENT, NoRevocationList, Signed, Unverified, Verifier
from connectors.shinsei.peers.authority import Authority
from hub.xmlsig import DEVELOPMENT_POLICY

DAY = date(2026, 4, 1)
AT = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
JPKI = Authority(1, DAY)
STRANGER = Authority(1, DAY, "別の認証局")
SERIAL = "8000ABCD"
FOUR = ("葛\U000e0100城　花子", "19850403", "2", "東京都足立区中央本町一丁目17番1号")
CARD = JPKI.issue(SERIAL, FOUR)
CRL = JPKI.revocations(["80000001"])
FILED = CARD.sign("申請".encode())
VERIFIER = Verifier(JPKI.certificate)


def code_of(signed: Signed, crl: bytes = CRL, at: datetime = AT, verifier: Verifier = VERIFIER) -> str:
    with pytest.raises(Unverified) as caught:
        verifier.holder(signed, crl, at)
    return caught.value.code


class TestHolder:
    def test_says_who_signed(self) -> None:
        """Serial and four items as the certificate has them, selectors and all."""
        holder = VERIFIER.holder(FILED, CRL, AT)

        assert (holder.serial, holder.four_items) == (SERIAL, FOUR)
        assert "花子" not in repr(holder)

    @given(st.binary(max_size=200))
    def test_any_application_passes_unchanged_and_no_other_does(self, application: bytes) -> None:
        """Round trip; one more byte is another application."""
        signed = CARD.sign(application)
        assert VERIFIER.holder(signed, CRL, AT).serial == SERIAL

        assert code_of(replace(signed, application=application + b" ")) == FILING_CHANGED

    def test_refuses_the_signature_of_another_filing(self) -> None:
        """A signature is over its own bytes."""
        assert code_of(replace(FILED, signature=CARD.sign(b"other").signature)) == FILING_CHANGED

    @pytest.mark.parametrize("signature", [b"", b"\x00", b"\x30\x06\x02\x01\x00\x02\x01\x00"])
    def test_refuses_what_is_no_signature(self, signature: bytes) -> None:
        """Empty, torn, zero."""
        assert code_of(replace(FILED, signature=signature)) == FILING_CHANGED


class TestCertificate:
    def test_refuses_another_authority(self) -> None:
        """A CA that is not pinned, also one of the same name and serials (another seed, another key)."""
        assert code_of(STRANGER.issue(SERIAL, FOUR).sign(b"x")) == CERTIFICATE_UNTRUSTED
        assert code_of(Authority(2, DAY).issue(SERIAL, FOUR).sign(b"x")) == CERTIFICATE_UNTRUSTED

    def test_refuses_before_and_after_its_validity(self) -> None:
        """Both ends count; a second beyond them does not."""
        until = AT + timedelta(hours=1)
        signed = JPKI.issue(SERIAL, FOUR, until=until).sign(b"x")
        since = x509.load_der_x509_certificate(signed.certificate).not_valid_before_utc

        assert VERIFIER.holder(signed, CRL, until).serial == SERIAL
        assert code_of(signed, at=until + timedelta(seconds=1)) == CERTIFICATE_EXPIRED
        assert code_of(signed, at=since - timedelta(seconds=1)) == CERTIFICATE_EXPIRED

    def test_refuses_a_revoked_one(self) -> None:
        """Its serial stands on the CRL."""
        assert code_of(FILED, JPKI.revocations([SERIAL])) == CERTIFICATE_REVOKED

    def test_refuses_what_is_not_for_signing(self) -> None:
        """Another policy (as 利用者証明用 has), or a key that may not commit to content."""
        other = x509.ObjectIdentifier(f"{DEVELOPMENT}.9")

        assert code_of(JPKI.issue(SERIAL, FOUR, policy=other).sign(b"x")) == CERTIFICATE_UNTRUSTED
        assert code_of(JPKI.issue(SERIAL, FOUR, committing=False).sign(b"x")) == CERTIFICATE_UNTRUSTED

    def test_refuses_the_certificate_of_the_authority_itself(self) -> None:
        """A CA signs no filing."""
        own = JPKI.certificate.public_bytes(Encoding.DER)

        assert code_of(replace(FILED, certificate=own)) == CERTIFICATE_UNTRUSTED

    @given(st.integers(0, len(CARD.certificate) - 1), st.integers(1, 255))
    def test_refuses_every_changed_byte(self, place: int, change: int) -> None:
        """Fail closed whatever the change does to the parser; only one code may come of it."""
        damaged = bytearray(CARD.certificate)
        damaged[place] ^= change

        assert code_of(replace(FILED, certificate=bytes(damaged))) == CERTIFICATE_UNTRUSTED

    @pytest.mark.parametrize("der", [b"", b"\x30", b"certificate", CARD.certificate + b"\x00"])
    def test_refuses_what_is_no_certificate(self, der: bytes) -> None:
        """Nothing, a piece, a word, one byte too many."""
        assert code_of(replace(FILED, certificate=der)) == CERTIFICATE_UNTRUSTED

    def test_bears_the_development_policy_of_the_house(self) -> None:
        """So that nobody takes it for a real one."""
        assert DEVELOPMENT_POLICY.dotted_string == DEVELOPMENT


class TestRevocationList:
    @pytest.mark.parametrize(
        "crl",
        [
            b"",
            b"\x30\x00",
            CRL[:-1],
            STRANGER.revocations([]),
            Authority(2, DAY).revocations([]),
            JPKI.revocations([], until=AT - timedelta(seconds=1)),
        ],
        ids=["none", "empty", "torn", "of a stranger", "of the same name and another key", "out of date"],
    )
    def test_without_one_in_force_there_is_no_verdict(self, crl: bytes) -> None:
        """Neither yes nor no: the filing waits."""
        with pytest.raises(NoRevocationList):
            VERIFIER.holder(FILED, crl, AT)

    def test_one_of_tomorrow_says_nothing_of_today(self) -> None:
        """Before its thisUpdate a list is not in force."""
        with pytest.raises(NoRevocationList):
            VERIFIER.holder(FILED, Authority(1, DAY + timedelta(days=3)).revocations([]), AT)

    def test_a_time_without_zone_is_a_mistake_of_the_caller(self) -> None:
        """Nothing is verified at an unknown moment."""
        with pytest.raises(ValueError, match="aware"):
            VERIFIER.holder(FILED, CRL, datetime(2026, 4, 1))


class TestAuthority:
    def test_is_the_same_in_every_process(self) -> None:
        """Out of the seed alone, to the byte."""
        again = Authority(1, DAY)

        assert again.certificate == JPKI.certificate
        assert again.issue(SERIAL, FOUR).sign(FILED.application) == FILED
        assert again.revocations(["80000001"]) == CRL

    @pytest.mark.skipif(shutil.which("openssl") is None and not os.environ.get("CI"), reason="openssl is not installed")
    def test_openssl_agrees(self, tmp_path: Path) -> None:
        """Chain and revocation by a tool that shares nothing with our code."""
        files = {
            "ca.pem": JPKI.certificate.public_bytes(Encoding.PEM),
            "good.pem": pem(CARD.certificate),
            "revoked.pem": pem(JPKI.issue("80000001", FOUR).certificate),
            "stranger.pem": pem(STRANGER.issue(SERIAL, FOUR).certificate),
            "crl.pem": x509.load_der_x509_crl(CRL).public_bytes(Encoding.PEM),
        }
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        verdicts = {
            name: subprocess.run(
                [
                    *("openssl", "verify", "-attime", str(int(AT.timestamp())), "-crl_check"),
                    *("-CAfile", "ca.pem", "-CRLfile", "crl.pem", f"{name}.pem"),
                ],
                cwd=tmp_path,
                capture_output=True,
                check=False,
            ).returncode
            == 0
            for name in ("good", "revoked", "stranger")
        }

        assert verdicts == {"good": True, "revoked": False, "stranger": False}


def pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
