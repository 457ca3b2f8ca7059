"""The law of a home: provisions of the distribution with the home's confirmations, and the routes of its zone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from hub.codes import cfg, rte
from hub.config import Config
from hub.edges import resources
from hub.errors import Misconfigured
from hub.provisions import load as provisions_load
from hub.provisions.lawbook import Provisions
from hub.routes import Routes
from hub.routes import load as load_routes
from hub.schemas.catalogue import CATALOGUE, CatalogueLine, parse_catalogue


def load_provisions() -> Provisions:
    """The tables that the distribution carries. Raises `Faults`."""
    return provisions_load.load(resources.provision_files())


def message_types() -> Mapping[tuple[str, int], CatalogueLine]:
    """Every type of message and its versions, as the catalogue of the distribution lists them. Raises `Faults`."""
    return {line.key: line for line in parse_catalogue(resources.xsd_files()[CATALOGUE].decode("utf-8"))}


def read_routes(text: str, file: str, provisions: Provisions) -> Mapping[str, Routes]:
    """Every zone of a routing file, checked against the tables. Raises `Faults`."""
    return load_routes(text, file, provisions.rows.keys())


def zone_routes(text: str, file: str, config: Config, provisions: Provisions) -> Routes:
    """The routes of this home's zone. Raises `Faults` or `Misconfigured`."""
    return own_zone(read_routes(text, file, provisions), file, config)


def own_zone(zones: Mapping[str, Routes], file: str, config: Config) -> Routes:
    """That of `zones` which the home serves. Raises `Misconfigured` HUB-CFG-006 or, of another municipality, HUB-RTE-019."""
    routes = zones.get(config.zone)
    if routes is None:
        raise Misconfigured(cfg.UNKNOWN_ZONE, file=file, path="zones", value=config.zone)
    if routes.municipality != config.tenant:
        value = routes.municipality
        raise Misconfigured(
            rte.OTHER_BODY, rule="X7", file=file, path="municipality", value=value, way=f"{file}: municipality: {value}"
        )
    return routes


def sha256(data: bytes) -> str:
    """Hex digest, as config entries state it."""
    return hashlib.sha256(data).hexdigest()
