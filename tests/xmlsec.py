"""Debian's `xmlsec1` as a verifier that shares nothing with us: chain, reference and digest by its own code (libxmlsec)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def xmlsec1() -> str:
    """The tool; its absence is a failure in CI and a skip on a desk."""
    found = shutil.which("xmlsec1")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("xmlsec1 is missing: apt-get install xmlsec1")
        pytest.skip("xmlsec1 is not installed")
    return found


def verify(tool: str, authority: Path, files: Sequence[Path], at: str) -> tuple[bool, str]:
    """Whether it accepts every file at that local time (`2026-04-01 03:00:00`), and what it said."""
    options = ("--enabled-key-data", "x509", "--enabled-reference-uris", "empty", "--verification-time", at)
    command = [tool, "--verify", "--trusted-pem", str(authority), *options, *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    return done.returncode == 0, (done.stdout + done.stderr).decode()
