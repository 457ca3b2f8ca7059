"""Certificates for the broker from an outside CA (openssl): asked for, issued, checked and put in place; no key leaves its home."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from typer.testing import CliRunner

from hub.app.founding import Founding, found
from hub.app.paths import HomePaths
from hub.cli.app import root
from hub.codes import brk, crt
from hub.config import Config, render
from hub.edges import pki, resources
from hub.edges.amqp.broker import Account
from hub.edges.amqp.sealing import Way, read_seal_certificate, read_seal_key, seal, unseal
from hub.edges.pki import Identity, Validity
from hub.errors import Code
from hub.frames import Kind
from hub.xmlsig import DEVELOPMENT_POLICY, fingerprint

NOW = datetime.now(UTC)
CONFIG = Config(format=1, tenant="131211", environment="production", zone="kikan", origin="juki-hub/131211/kikan")
VALIDITY = Validity(NOW - timedelta(days=1), NOW + timedelta(days=3650))


def hub(*arguments: str, home: Path, code: int = 0) -> dict[str, list[str]]:
    done = CliRunner().invoke(root, [*arguments, "--home", str(home), "--json"])
    assert done.exit_code == code, done.output
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def authority() -> Identity:
    """The municipality's CA, which the hub never has the key of."""
    return pki.make_ca("municipal CA", VALIDITY, development=False)


@pytest.fixture(scope="module")
def founded(authority: Identity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's home in production: the CA that init made is gone, an outside one is pinned."""
    paths = found(Founding(tmp_path_factory.mktemp("founded") / "hub", CONFIG, resources.routing_file(), NOW))
    (paths.offline / "ca.key").unlink()
    paths.authority.unlink()
    pki.write_certificates(paths.authority, [authority.certificate])
    return paths.root


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> HomePaths:
    """The same anew."""
    return HomePaths(shutil.copytree(founded, tmp_path / "hub"))


@pytest.fixture
def own(authority: Identity, tmp_path: Path) -> HomePaths:
    """The home of 課税課 alone."""
    paths = HomePaths(tmp_path / "own")
    paths.trust.mkdir(parents=True)
    paths.endpoint("課税課").root.mkdir(parents=True)
    paths.config.write_text(render(CONFIG), "utf-8")
    paths.revoked.write_text("")
    pki.write_certificates(paths.authority, [authority.certificate])
    pki.write_key(paths.endpoint("課税課").key, pki.make_key())
    return paths


def openssl_issues(requests: Path, authority: Identity, place: Path) -> None:
    """As a CA would: verifies each request's own signature, and copies what it asks for."""
    pki.write_key(place / "ca.key", authority.key)
    pki.write_certificates(place / "ca.pem", [authority.certificate])
    signs = ("-CA", str(place / "ca.pem"), "-CAkey", str(place / "ca.key"), "-days", "90", "-sha256")
    for request in sorted(requests.glob("*.csr")):
        issued = ("-out", str(request.with_suffix(".pem")), "-copy_extensions", "copyall")
        subprocess.run(["openssl", "req", "-verify", "-noout", "-in", request], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", request, *signs, *issued], check=True, capture_output=True)


class TestRequests:
    def test_the_hub_logs_in_and_opens_frames_with_what_the_ca_issued(
        self, home: HomePaths, authority: Identity, tmp_path: Path
    ) -> None:
        """Requests out, certificates in; what is missing then are the endpoints' sealing certificates."""
        out = tmp_path / "out"
        asked = hub("broker", "keys", "--requests", str(out), home=home.root)["requests"]
        openssl_issues(out, authority, tmp_path)
        taken = hub("broker", "keys", "--certificates", str(out), home=home.root)
        account = Account("hub@kikan", (), "juki-hub.kikan", home.authority, home.tls_certificate, home.tls_key)
        way = Way(CONFIG.origin, Kind.SUBMISSION, "juki", "hub")
        frame = seal(b"frame", read_seal_certificate(home.seal("hub")), way)

        assert [Path(one).name for one in asked] == ["tls-hub.csr", "seal-hub.csr"]
        assert (taken["placed"], taken["known"]) == (["trust/seal/hub.pem", "keys/tls.pem"], [])
        assert {"trust/seal/juki.pem", "trust/seal/課税課.pem"} <= set(taken["missing"])
        assert account.tls().get_ca_certs()
        assert unseal(frame, read_seal_key(home.seal_key), way) == b"frame"

    def test_hub_and_endpoint_take_each_others_sealing_certificates(
        self, home: HomePaths, own: HomePaths, authority: Identity, tmp_path: Path
    ) -> None:
        """Each home asks for its own keys alone; the files of both serve both."""
        out, mine = tmp_path / "out", tmp_path / "mine"
        hub("broker", "keys", "--requests", str(out), home=home.root)
        asked = hub("broker", "keys", "--requests", str(mine), home=own.root)["requests"]
        openssl_issues(out, authority, tmp_path)
        (tmp_path / "ca.key").unlink()
        (tmp_path / "ca.pem").unlink()
        openssl_issues(mine, authority, tmp_path)
        name = Path(asked[1]).stem
        (out / f"{name}.pem").write_bytes((mine / f"{name}.pem").read_bytes())
        (mine / "seal-hub.pem").write_bytes((out / "seal-hub.pem").read_bytes())
        at_hub = hub("broker", "keys", "--certificates", str(out), home=home.root)
        at_home = hub("broker", "keys", "--certificates", str(mine), home=own.root)

        assert name.removeprefix("seal-xn--").encode().decode("punycode") == "課税課"
        assert "trust/seal/課税課.pem" in at_hub["placed"]
        assert set(at_home["placed"]) == {
            "endpoints/課税課/tls.pem",
            "trust/seal/課税課.pem",
            "trust/seal/hub.pem",
        }
        assert at_home["missing"] == []

    def test_no_key_leaves_its_home(self, home: HomePaths, tmp_path: Path) -> None:
        """A request holds the public half; asking again asks for the same key."""
        out = tmp_path / "out"
        hub("broker", "keys", "--requests", str(out), home=home.root)
        keys = [read_key(file) for file in sorted(out.iterdir())]
        hub("broker", "keys", "--requests", str(out), home=home.root)

        assert [b"PRIVATE" in file.read_bytes() for file in out.iterdir()] == [False, False]
        assert [read_key(file) for file in sorted(out.iterdir())] == keys


def read_key(request: Path) -> bytes:
    key = x509.load_pem_x509_csr(request.read_bytes()).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class Issue:
    """How a CA answers the request for the hub's login; each fault changes one thing."""

    name: str = "hub@kikan"
    start: timedelta = timedelta(days=-1)
    end: timedelta = timedelta(days=90)
    purposes: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.CLIENT_AUTH,)
    agrees: bool = False
    uri: str = "urn:juki-hub:endpoint:131211:kikan:hub"
    development: bool = False
    other_key: bool = False
    other_ca: bool = False


def issued(how: Issue, request: Path, authority: Identity) -> x509.Certificate:
    asked = x509.load_pem_x509_csr(request.read_bytes())
    key = pki.make_key().public_key() if how.other_key else asked.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signer = pki.make_ca("municipal CA", VALIDITY, development=False) if how.other_ca else authority
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, how.name)]))
        .issuer_name(signer.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + how.start)
        .not_valid_after(NOW + how.end)
        .add_extension(pki.key_usage(sign_certificates=False, agree=how.agrees), critical=True)
        .add_extension(x509.ExtendedKeyUsage(how.purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(how.uri)]), critical=False)
    )
    if how.development:
        policies = x509.CertificatePolicies([x509.PolicyInformation(DEVELOPMENT_POLICY, None)])
        builder = builder.add_extension(policies, critical=False)
    return builder.sign(signer.key, SHA256())


@pytest.fixture
def asked(home: HomePaths, tmp_path: Path) -> Path:
    """The directory of the hub's requests."""
    out = tmp_path / "out"
    hub("broker", "keys", "--requests", str(out), home=home.root)
    return out


Put = Callable[[Issue], x509.Certificate]


@pytest.fixture
def put(asked: Path, authority: Identity) -> Put:
    """Puts what the CA issued for the hub's login where it is taken from."""

    def put(how: Issue) -> x509.Certificate:
        certificate = issued(how, asked / "tls-hub.csr", authority)
        (asked / "tls-hub.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        return certificate

    return put


def codes(home: HomePaths, asked: Path) -> list[str]:
    """What is said of the directory; nothing of it may have been taken."""
    done = CliRunner().invoke(
        root, ["broker", "keys", "--certificates", str(asked), "--home", str(home.root), "--json"]
    )
    assert (done.exit_code, home.tls_certificate.exists()) == (2, False), done.output
    return [one["code"] for one in json.loads(done.stdout)["errors"]]


class TestFaults:
    @pytest.mark.parametrize(
        ("how", "code"),
        [
            (Issue(other_ca=True), brk.CERTIFICATE_UNTRUSTED),
            (Issue(name="zei@kikan"), brk.CERTIFICATE_NAME),
            (Issue(purposes=[ExtendedKeyUsageOID.SERVER_AUTH]), brk.CERTIFICATE_PROFILE),
            (Issue(agrees=True), brk.CERTIFICATE_PROFILE),
            (Issue(uri="urn:juki-hub:endpoint:131211:kikan:zei"), brk.CERTIFICATE_PROFILE),
            (Issue(end=timedelta(seconds=-5)), brk.CERTIFICATE_DATES),
            (Issue(start=timedelta(days=1)), brk.CERTIFICATE_DATES),
            (Issue(other_key=True), brk.CERTIFICATE_KEY),
            (Issue(development=True), crt.DEVELOPMENT),
        ],
    )
    def test_each_has_its_number(self, home: HomePaths, asked: Path, put: Put, how: Issue, code: Code) -> None:
        """One thing wrong, one code, and the certificate is not taken."""
        put(how)

        assert codes(home, asked) == [code.id]

    def test_all_are_told_at_once_and_nothing_is_taken(self, home: HomePaths, asked: Path, put: Put) -> None:
        """A file that nobody waits for, one that is none, and two faults of a third."""
        put(Issue(name="zei@kikan", other_key=True))
        (asked / "ca.pem").write_bytes(home.authority.read_bytes())
        (asked / "seal-hub.pem").write_text("-")

        assert codes(home, asked) == [
            brk.CERTIFICATE_UNKNOWN.id,
            crt.FILE.id,
            brk.CERTIFICATE_NAME.id,
            brk.CERTIFICATE_KEY.id,
        ]

    def test_a_revoked_one_is_not_taken(self, home: HomePaths, asked: Path, put: Put) -> None:
        home.revoked.write_text(f"{fingerprint(put(Issue()))}\n")

        assert codes(home, asked) == [brk.CERTIFICATE_UNTRUSTED.id]

    def test_an_empty_directory_is_said(self, home: HomePaths, asked: Path) -> None:
        """Whoever names the wrong place must not believe that all is done."""
        assert codes(home, asked) == [brk.NO_CERTIFICATES.id]


class TestRenewal:
    def test_a_certificate_that_ends_later_takes_the_place_and_an_earlier_one_does_not(
        self, home: HomePaths, asked: Path, put: Put
    ) -> None:
        """For the same key; taking the same again changes nothing."""
        take = ("broker", "keys", "--certificates", str(asked))
        put(Issue())
        first, again = hub(*take, home=home.root), hub(*take, home=home.root)
        later = put(Issue(end=timedelta(days=200)))
        renewed = hub(*take, home=home.root)
        put(Issue(end=timedelta(days=100)))
        refused = hub(*take, home=home.root, code=2)

        assert (first["placed"], again["placed"], again["known"]) == (["keys/tls.pem"], [], ["keys/tls.pem"])
        assert renewed["placed"] == ["keys/tls.pem"]
        assert refused["error"]["code"] == brk.CERTIFICATE_OLDER.id  # type: ignore[call-overload]
        assert pki.read_certificates(home.tls_certificate) == (later,)
