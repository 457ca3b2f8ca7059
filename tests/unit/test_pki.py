"""Keys and certificates are made by the profiles and kept safely."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from hub.codes import crt
from hub.edges import pki
from hub.errors import Misconfigured
from hub.xmlsig import DEVELOPMENT_POLICY, DOCUMENT_SIGNING, endpoint_uri, is_development
from tests import testpki


def policies(certificate: x509.Certificate) -> list[str]:
    found = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    return [policy.policy_identifier.dotted_string for policy in found]


class TestMakeEndpoint:
    def test_follows_the_profile(self) -> None:
        """Usage, purpose, name and issuer are those of certs/endpoint.yaml."""
        certificate = testpki.endpoint("住記").certificate
        found = certificate.extensions
        usage = found.get_extension_for_class(x509.KeyUsage)
        names = found.get_extension_for_class(x509.SubjectAlternativeName).value

        assert usage.critical
        assert usage.value.digital_signature
        assert list(found.get_extension_for_class(x509.ExtendedKeyUsage).value) == [DOCUMENT_SIGNING]
        assert [endpoint_uri("131211", "kikan", "住記")] == names.get_values_for_type(x509.UniformResourceIdentifier)
        assert endpoint_uri("131211", "kikan", "住記") == "urn:juki-hub:endpoint:131211:kikan:%E4%BD%8F%E8%A8%98"
        certificate.verify_directly_issued_by(testpki.authority().certificate)

    def test_marks_development_and_only_then(self) -> None:
        """The development policy stands in development certificates, CA and endpoint alike."""
        assert [DEVELOPMENT_POLICY.dotted_string] == policies(testpki.endpoint("住記").certificate)
        assert is_development(testpki.authority().certificate)
        assert not is_development(testpki.endpoint("住記", development=False).certificate)
        assert not is_development(testpki.authority(development=False).certificate)

    def test_makes_rsa_of_3072_bits(self) -> None:
        """RSA is available where a partner cannot do ECDSA."""
        key = testpki.endpoint("住記", kind="rsa-3072").key

        assert isinstance(key, rsa.RSAPrivateKey)
        assert key.key_size == 3072

    def test_a_colon_in_a_code_cannot_forge_a_name(self) -> None:
        """Every part is encoded, so no code can look like another zone's."""
        assert endpoint_uri("1", "a:b", "c") != endpoint_uri("1", "a", "b:c")


class TestFiles:
    def test_an_identity_survives_the_disk(self, tmp_path: Path) -> None:
        """What was written is read again, key and certificate together."""
        made = testpki.endpoint("住記")
        pki.write_key(tmp_path / "k.pem", made.key)
        pki.write_certificates(tmp_path / "c.pem", [made.certificate, testpki.authority().certificate])
        read = pki.read_identity(tmp_path / "k.pem", tmp_path / "c.pem")

        assert made.certificate == read.certificate
        assert made.key.public_key() == read.key.public_key()
        assert len(pki.read_certificates(tmp_path / "c.pem")) == 2

    def test_a_key_file_is_for_its_owner_only(self, tmp_path: Path) -> None:
        """Written with mode 0600; one that others can read is refused."""
        path = tmp_path / "k.pem"
        pki.write_key(path, pki.make_key())

        assert path.stat().st_mode & 0o777 == 0o600
        assert [entry.name for entry in tmp_path.iterdir()] == ["k.pem"]
        path.chmod(0o640)
        with pytest.raises(Misconfigured) as caught:
            pki.read_signing_key(path)
        assert crt.FILE is caught.value.code

    def test_a_key_is_never_overwritten(self, tmp_path: Path) -> None:
        """A second writer fails, the first key stays, and no temporary file remains."""
        path = tmp_path / "k.pem"
        pki.write_key(path, pki.make_key())
        before = path.read_bytes()
        with pytest.raises(FileExistsError):
            pki.write_key(path, pki.make_key())

        assert before == path.read_bytes()
        assert [entry.name for entry in tmp_path.iterdir()] == ["k.pem"]

    def test_a_persons_key_is_no_signing_key(self, tmp_path: Path) -> None:
        """Approvals and messages use different kinds of key, and neither is read for the other."""
        person, sender = tmp_path / "p.pem", tmp_path / "s.pem"
        key = pki.make_person_key()
        pki.write_key(person, key)
        pki.write_key(sender, pki.make_key())

        assert key.public_key() == pki.read_person_key(person).public_key()
        with pytest.raises(Misconfigured):
            pki.read_signing_key(person)
        with pytest.raises(Misconfigured):
            pki.read_person_key(sender)

    def test_key_and_foreign_certificate_are_refused(self, tmp_path: Path) -> None:
        """A key with a certificate of another key is a fault of configuration."""
        pki.write_key(tmp_path / "k.pem", testpki.endpoint("住記").key)
        pki.write_certificates(tmp_path / "c.pem", [testpki.endpoint("税").certificate])
        with pytest.raises(Misconfigured) as caught:
            pki.read_identity(tmp_path / "k.pem", tmp_path / "c.pem")

        assert crt.KEY_MISMATCH is caught.value.code

    @pytest.mark.parametrize("content", [None, b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    def test_unreadable_files_are_faults_of_configuration(self, tmp_path: Path, content: bytes | None) -> None:
        """Missing, empty and damaged files end as `Misconfigured`, never as a foreign exception."""
        path = tmp_path / "x.pem"
        if content is not None:
            path.write_bytes(content)
            path.chmod(0o600)
        for read in (pki.read_signing_key, pki.read_person_key, pki.read_certificates):
            with pytest.raises(Misconfigured) as caught:
                read(path)
            assert crt.FILE is caught.value.code
