"""The machine and the libraries of a run, and how fast its disk says that bytes are safe."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.backends.openssl import backend
from lxml import etree

from bench.figures import Percentiles

BLOCK = bytes(4096)
SYNCS = 200
_LIBRARIES = ("cryptography", "lxml", "signxml", "sqlalchemy", "xmlschema")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a figure cannot be read without. `disk` is the file system's type."""

    processor: str
    cores: int
    system: str
    python: str
    sqlite: str
    openssl: str
    libxml2: str
    libraries: tuple[str, ...]
    disk: str


def describe(place: Path) -> Machine:
    """This machine, and the file system on which `place` lies."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        system=f"{platform.system()} {platform.release()}",
        python=sys.version.split()[0],
        sqlite=sqlite3.sqlite_version,
        openssl=backend.openssl_version_text(),
        libxml2=".".join(map(str, etree.LIBXML_VERSION)),
        libraries=tuple(f"{name} {version(name)}" for name in _LIBRARIES),
        disk=_file_system(place.resolve()),
    )


def fsync(place: Path) -> Percentiles:
    """4 kB appended to a file and `os.fsync`, again and again."""
    path, seconds = place / "fsync", []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for _ in range(SYNCS):
            start = time.perf_counter()
            os.write(descriptor, BLOCK)
            os.fsync(descriptor)
            seconds.append(time.perf_counter() - start)
    finally:
        os.close(descriptor)
        path.unlink()
    return Percentiles.of(seconds)


def load() -> tuple[float, float, float]:
    """Load average of 1, 5 and 15 minutes: how much else the machine is doing."""
    return os.getloadavg()


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _file_system(place: Path) -> str:
    """By the longest mount point above the place (proc(5), mounts)."""
    found, longest = "unknown", -1
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        _, point, kind, *_ = line.split(" ")
        mount = Path(point.replace("\\040", " "))
        if place.is_relative_to(mount) and len(mount.parts) >= longest:
            found, longest = kind, len(mount.parts)
    return found
