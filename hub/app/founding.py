"""hub init: makes a home, and refuses one that exists. The keys are made here and never again.

A development home holds the keys of every endpoint of its zone and keeps the offline keys, so that one person can try
everything on one machine; production refuses it. The offline root signs the key list that recipients pin.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import config as configuration
from hub import operators
from hub.app import law
from hub.app.journalplace import journal_place
from hub.app.paths import HomePaths
from hub.codes import cfg
from hub.config import Config
from hub.edges import pki
from hub.edges.home import atomic_write
from hub.edges.journal import create_journal
from hub.edges.keystore import create_keystore
from hub.edges.pki import Identity, Validity
from hub.edges.signer import create_signer_memory
from hub.envelope import format_time
from hub.errors import Misconfigured
from hub.exchangelog.keylist import KeyList, LogKey
from hub.exchangelog.note import VerifierKey

KEY_BYTES = 32
_VALID = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new home is to be. `now` is when its certificates and its log key begin to hold; `acting` is its operators.yaml."""

    path: Path
    config: Config
    routing: str
    now: datetime
    acting: str = operators.EMPTY


def found(founding: Founding) -> HomePaths:
    """Makes the home; nothing is left of it when anything fails. Raises `Misconfigured` when the place is taken, `Faults`."""
    target = founding.path
    if target.exists():
        raise Misconfigured(cfg.HOME_EXISTS, path=str(target))
    provisions = law.load_provisions()
    routes = law.zone_routes(founding.routing, "routing.yaml", founding.config, provisions)
    operators.load(founding.acting, "operators.yaml", routes.endpoints)
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        _build(HomePaths(building), founding, routes.endpoints.keys())
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return HomePaths(target)


def _build(paths: HomePaths, founding: Founding, endpoints: Iterable[str]) -> None:
    for folder in (paths.root, paths.keys, paths.offline, paths.certificates, paths.persons, paths.confirmations):
        folder.mkdir(parents=True, mode=0o700)
    for folder in (paths.journal, paths.keystore, paths.socket.parent):
        folder.mkdir(mode=0o700)
    atomic_write(paths.config, configuration.render(founding.config).encode())
    atomic_write(paths.routing, founding.routing.encode())
    atomic_write(paths.operators, founding.acting.encode())
    atomic_write(paths.revoked, b"# SHA-256 of revoked certificates, one a line\n")
    _make_log_keys(paths, founding)
    _make_endpoints(paths, founding, endpoints)
    for key in (paths.lane_key, paths.master_key):
        atomic_write(key, secrets.token_bytes(KEY_BYTES))
    with create_keystore(paths.keystore, paths.master_key.read_bytes()) as keystore:
        create_journal(journal_place(paths, founding.config), keystore).close()


def _make_log_keys(paths: HomePaths, founding: Founding) -> None:
    root, log_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    origin = founding.config.origin
    root_name = f"{origin}/root"
    pki.write_key(paths.log_key, log_key)
    pki.write_key(paths.offline / "root.key", root)
    listed = LogKey(VerifierKey.of(origin, log_key), since=format_time(founding.now))
    atomic_write(paths.key_list, KeyList(1, (listed,)).sign(root_name, root).encode())
    create_signer_memory(paths.log_memory, origin)
    atomic_write(paths.root_verifier, (VerifierKey.of(root_name, root).encode() + "\n").encode())


def _make_endpoints(paths: HomePaths, founding: Founding, endpoints: Iterable[str]) -> None:
    config = founding.config
    validity = Validity(founding.now - timedelta(days=1), founding.now + _VALID)
    authority = pki.make_ca(f"juki-hub {config.zone} CA", validity, development=config.development)
    pki.write_key(paths.offline / "ca.key", authority.key)
    pki.write_certificates(paths.authority, [authority.certificate])
    for code in sorted(endpoints) if config.development else ():
        identity = pki.make_endpoint(authority, (config.tenant, config.zone, code), validity, development=True)
        pki.write_certificates(paths.certificate(code), [identity.certificate])
        _write_endpoint_home(paths, code, identity)


def _write_endpoint_home(paths: HomePaths, code: str, identity: Identity) -> None:
    own = paths.endpoint(code)
    own.root.mkdir(parents=True, mode=0o700)
    pki.write_key(own.key, identity.key)
    pki.write_certificates(own.certificate, [identity.certificate])
    for key in (own.subject_key, own.store_key):
        atomic_write(key, secrets.token_bytes(KEY_BYTES))
