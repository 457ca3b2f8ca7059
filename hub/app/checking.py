"""What `hub check` finds in a home: every fault of every file that a person writes, at once, though one file leans on another.

A file that cannot be read leaves open what the others say of it: then those are held to their own form, and no fault is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from hub import yamltext
from hub.app import endpoints, law
from hub.app.opening import read_config, read_operators, read_trust
from hub.app.paths import HomePaths
from hub.app.reading import read_text
from hub.codes import cfg
from hub.config import Config
from hub.edges import pki
from hub.errors import Faults, HubError, Misconfigured
from hub.operators import Operators, OperatorsModel
from hub.provisions.lawbook import Provisions
from hub.routes import Routes

Value = TypeVar("Value")


@dataclass(slots=True)
class _Found:
    """The faults so far, each once."""

    faults: dict[str, HubError] = field(default_factory=dict)

    def tried(self, work: Callable[[], Value]) -> Value | None:
        """What `work` gives, or None when it found faults."""
        try:
            return work()
        except Misconfigured as error:
            faults = error.faults if isinstance(error, Faults) else (error,)
            self.faults |= {str(fault): fault for fault in faults}
            return None


def check_home(paths: HomePaths, provisions: Provisions) -> tuple[str, Routes]:
    """The home's zone and its routes. Raises `Faults` with all that is wrong in the home; that there is none is one fault."""
    found = _Found()
    config = found.tried(lambda: read_config(paths))
    if any(fault.code is cfg.NO_HOME for fault in found.faults.values()):
        raise Faults(tuple(found.faults.values()))
    text = found.tried(lambda: read_text(paths.routing, cfg.MISSING_FILE))
    zones = None if text is None else found.tried(lambda: law.read_routes(text, "routing.yaml", provisions))
    routes = None
    if config is not None and zones is not None:
        routes = found.tried(lambda: law.own_zone(zones, "routing.yaml", config))
    _check_trust(found, paths, config)
    acting = _check_operators(found, paths, zones if routes is None else {routes.zone: routes})
    if config is not None:
        found.tried(lambda: endpoints.check_keys(paths, config))
    if config is not None and config.environment == "production":
        unmet = acting.unmet(routes, paths.operators.name) if acting is not None and routes is not None else ()
        found.tried(lambda: _check_production(unmet, provisions))
    if found.faults or config is None or routes is None:
        raise Faults(tuple(found.faults.values()))
    return config.zone, routes


def _check_trust(found: _Found, paths: HomePaths, config: Config | None) -> None:
    files = [paths.authority, *sorted(paths.certificates.glob("*.pem"))]
    read: list[object] = [found.tried(partial(pki.read_certificates, file)) for file in files]
    read.append(found.tried(lambda: read_text(paths.revoked, cfg.MISSING_FILE)))
    # Only production refuses a development CA; where the environment is unknown, that is not said.
    environment = "test" if config is None else config.environment
    if None not in read:
        found.tried(lambda: read_trust(paths, environment))


def _check_operators(found: _Found, paths: HomePaths, zones: Mapping[str, Routes] | None) -> Operators | None:
    if zones is not None:
        codes = {code for one in zones.values() for code in one.endpoints}
        return found.tried(lambda: read_operators(paths, codes))
    if paths.operators.exists():
        found.tried(lambda: yamltext.parse(OperatorsModel, read_text(paths.operators), paths.operators.name))
    return None


def _check_production(unmet: tuple[Misconfigured, ...], provisions: Provisions) -> None:
    """Raises `Faults`: rules about operators that production needs, and decisions on items that nobody of the ward made."""
    count = len(provisions.demonstrations)
    faults = (*unmet, *((Misconfigured(cfg.DEMONSTRATION, count=count),) if count else ()))
    if faults:
        raise Faults(faults)
