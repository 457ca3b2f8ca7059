"""Certificates for the broker from a CA that is not at hand: requests go out, what comes back is checked and put in its place.

    tls-<name>.csr, seal-<name>.csr   written for each key of this home; the keys are made here and stay
    tls-<name>.pem, seal-<name>.pem   as the CA issued them, and the other parties' sealing certificates

The same two steps renew a certificate: its key is asked for again, and a certificate that ends later takes the place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.app.brokerkeys import Wanted, wanted
from hub.app.opening import read_revoked
from hub.app.paths import HomePaths
from hub.broker.certificate import Expected, Trusted
from hub.broker.certificate import faults as faults_of
from hub.broker.names import HUB, broker_name
from hub.codes import brk
from hub.config import Config
from hub.edges import pki, signingrequests
from hub.edges.home import atomic_write
from hub.errors import Faults, HubError, Misconfigured

_ENDING: Final = ".pem"
_REQUEST: Final = ".csr"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a directory of certificates, as paths: put in place now, as they were before, and not there yet."""

    placed: tuple[Path, ...]
    known: tuple[Path, ...]
    missing: tuple[Path, ...]


def write_requests(paths: HomePaths, config: Config, directory: Path) -> tuple[Path, ...]:
    """A request for every key of this home, each key made where it is missing; again for the same keys when repeated."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tuple(_request(one, one.key, config, directory) for one in wanted(paths) if one.key is not None)


def take_certificates(
    paths: HomePaths, config: Config, directory: Path, endpoints: Collection[str], now: datetime
) -> Taken:
    """Takes `*.pem` of a directory. `endpoints` are all of the zone. Raises `Faults` with every fault; then nothing is taken."""
    expected = {_file(one): one for one in _expected(paths, endpoints)}
    trusted = Trusted(pki.read_certificates(paths.authority), read_revoked(paths), config.environment, now)
    found = sorted(path for path in directory.iterdir() if path.suffix == _ENDING)
    faults: list[HubError] = [] if found else [Misconfigured(brk.NO_CERTIFICATES, place=directory.name)]
    good: list[tuple[Wanted, x509.Certificate]] = []
    for path in found:
        if (one := expected.get(path.stem)) is None:
            faults.append(Misconfigured(brk.CERTIFICATE_UNKNOWN, file=path.name))
            continue
        try:
            certificate = pki.read_certificates(path)[0]
        except Misconfigured as error:
            faults.append(error)
            continue
        faults += _faults(certificate, one, path.name, config, trusted)
        good.append((one, certificate))
    if faults:
        raise Faults(tuple(faults))
    placed = {one.certificate: _place(one, certificate) for one, certificate in good}
    return Taken(
        tuple(path for path, new in placed.items() if new),
        tuple(path for path, new in placed.items() if not new),
        tuple(one.certificate for one in expected.values() if not one.certificate.is_file()),
    )


def _expected(paths: HomePaths, endpoints: Collection[str]) -> Iterator[Wanted]:
    """Those of this home; and of the parties that it seals to, the sealing certificates: hub and endpoints know each other."""
    own = list(wanted(paths))
    yield from own
    here = {one.name for one in own}
    others = endpoints if HUB in here else (HUB,)
    for code in sorted(set(others) - here):
        yield Wanted(code, None, paths.seal(code), seals=True)


def _file(one: Wanted) -> str:
    """Without its ending; ASCII, for it travels."""
    return f"{'seal' if one.seals else 'tls'}-{one.name if one.name == HUB else broker_name(one.name)}"


def _request(one: Wanted, key: Path, config: Config, directory: Path) -> Path:
    if not key.is_file():
        pki.write_key(key, pki.make_key())
    ask = signingrequests.sealing_request if one.seals else signingrequests.tls_request
    path = directory / f"{_file(one)}{_REQUEST}"
    atomic_write(path, ask(pki.read_signing_key(key), one.common_name(config.zone), one.uri(config)))
    return path


def _faults(
    certificate: x509.Certificate, one: Wanted, file: str, config: Config, trusted: Trusted
) -> Iterator[HubError]:
    expected = Expected(file, one.common_name(config.zone), one.uri(config), one.seals)
    yield from faults_of(certificate, expected, trusted)
    if one.key is not None and (
        not one.key.is_file() or pki.read_signing_key(one.key).public_key() != certificate.public_key()
    ):
        yield Misconfigured(brk.CERTIFICATE_KEY, file=file)
    if one.certificate.is_file() and _ends(pki.read_certificates(one.certificate)[0]) > _ends(certificate):
        yield Misconfigured(brk.CERTIFICATE_OLDER, file=file)


def _ends(certificate: x509.Certificate) -> datetime:
    return certificate.not_valid_after_utc


def _place(one: Wanted, certificate: x509.Certificate) -> bool:
    """Whether it is new here."""
    one.certificate.parent.mkdir(mode=0o700, exist_ok=True)
    content = certificate.public_bytes(Encoding.PEM)
    if one.certificate.is_file() and one.certificate.read_bytes() == content:
        return False
    atomic_write(one.certificate, content)
    return True
