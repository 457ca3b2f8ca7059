"""What every test shares: hypothesis without deadlines, since two busy cores are slow without being wrong; real servers."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.servers import postgres, rabbit

__all__ = ["postgres", "rabbit"]  # fixtures

# In CI the examples are the same on every run, so that a failure is somebody's change and not luck.
settings.register_profile("house", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")
