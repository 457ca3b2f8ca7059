"""Read by every Python process of a day of chaos (it stands first in PYTHONPATH): strikes at the steps of `scripts.chaos.steps`.

An arm is an empty file; who renames it was first, and is struck. Standard library only, and nothing happens without arms.
"""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of our steps as everybody does, and wraps the steps once a module is loaded."""

    def __init__(self, arms: Path, steps: Sequence[dict[str, Any]]) -> None:
        self._arms = arms
        self._steps: dict[str, list[dict[str, Any]]] = {}
        for step in steps:
            self._steps.setdefault(step["target"].partition(":")[0], []).append(step)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """None for every other module."""
        if name not in self._steps:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            for step in self._steps[name]:
                self._wrap(module, step)

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec

    def _wrap(self, module: ModuleType, step: dict[str, Any]) -> None:
        class_, _, method = step["target"].partition(":")[2].partition(".")
        owner = getattr(module, class_)
        setattr(owner, method, self._struck(getattr(owner, method), step))

    def _struck(self, function: Callable[..., Any], step: dict[str, Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            self._strike(step, "before")
            result = function(*arguments, **named)
            self._strike(step, "after")
            return result

        return call

    def _strike(self, step: dict[str, Any], when: str) -> None:
        if self._first(f"{step['name']}, dies {when}"):
            os.kill(os.getpid(), signal.SIGKILL)
        if step["fails"] and self._first(f"{step['name']}, fails {when}"):
            code, facts = step["fails"]
            module, _, name = code.partition(":")
            errors = importlib.import_module("hub.errors")
            raise errors.Unavailable(getattr(importlib.import_module(module), name), **facts)

    def _first(self, name: str) -> bool:
        arm = self._arms / name
        try:
            arm.rename(f"{arm}, pid {os.getpid()}")
        except FileNotFoundError:
            return False
        return True


def begin() -> None:
    """Only where a day of chaos says so, and only the steps of this process."""
    arms = os.environ.get("JUKI_CHAOS_ARMS")
    if arms is None:
        return
    steps = json.loads((Path(arms) / "steps.json").read_text("utf-8"))
    mine = [step for step in steps if step["who"] in sys.orig_argv]
    if mine:
        sys.meta_path.insert(0, Finder(Path(arms), mine))


begin()
