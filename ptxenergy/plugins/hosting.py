"""Finds plugins, checks them, asks them; a broken one is named in one line and left out.

They are the entry points of the group `ptxenergy.plugins`, and the front end that ships for CUDA.
Set PTXENERGY_NO_PLUGINS to do without those that are installed.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ptxenergy.errors import PtxEnergyError

GROUP = "ptxenergy.plugins"
SPEC_VERSION = 1
"""The version of `specs.py` that plugins are written for."""
OFF_VARIABLE = "PTXENERGY_NO_PLUGINS"
# The only ones that are here without being installed, with all that they answer.
_SHIPPED = EntryPoint("cuda", "ptxenergy.hooks.cuda_source", GROUP)
_SHIPPED_ANSWERS = ("ptxenergy_compile",)
# Whose PtxEnergyError is of what the user gave, not a fault of the plugin.
_TELLS_THE_USER = ("ptxenergy_compile",)
Answer = TypeVar("Answer")
_LOG = logging.getLogger("ptxenergy.plugins")


class Plugin(Struct, frozen=True):
    """One plugin.

    `package`: the distribution that brought it, with its version; empty for what ships. `answers`:
    the functions of the specification that it has. `fault`: why it is left out, empty if it is not.
    """

    name: str
    package: str = ""
    answers: tuple[str, ...] = ()
    fault: str = ""


class Host:
    """The plugins of some entry points. They are loaded when one is first asked something."""

    def __init__(self, entries: Iterable[EntryPoint]) -> None:
        self._entries = tuple(entries)
        self._plugins: dict[str, Plugin] = {}
        self._manager: Any = None

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """All of them, the broken ones too."""
        self._load()
        return tuple(self._plugins.values())

    def ask(self, function: str, **values: Any) -> Iterator[tuple[str, Any]]:
        """The answers but None, each with its plugin's name: installed ones first, then ours.

        A plugin that raises is skipped from then on; a front end's PtxEnergyError passes.
        """
        if not self._entries and function not in _SHIPPED_ANSWERS:
            return
        self._load()
        for name in [one.name for one in self._plugins.values() if function in one.answers]:
            tells = function in _TELLS_THE_USER
            answer = self.guarded(name, partial(self._call, name, function, values), tells=tells)
            if answer is not None:
                yield name, answer

    def guarded(
        self, name: str, call: Callable[[], Answer], *, tells: bool = False
    ) -> Answer | None:
        """What a plugin's code gives; None, and the plugin is skipped, where it raises. With
        `tells` a PtxEnergyError passes, as one of what the user gave."""
        if self._plugins[name].fault:
            return None
        try:
            return call()
        except Exception as error:
            if tells and isinstance(error, PtxEnergyError):
                raise
            self.skip(name, error)
            return None

    def skip(self, name: str, error: Exception | str) -> None:
        """Leave a plugin out from now on; one line of warning names it and says why."""
        told = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        plugin = replace(self._plugins[name], fault=" ".join(told.split()))
        self._plugins[name] = plugin
        package = f" of {plugin.package}" if plugin.package else ""
        _LOG.warning("ptxenergy: warning: plugin %s%s is skipped: %s", name, package, plugin.fault)

    def _call(self, name: str, function: str, values: dict[str, Any]) -> Any:
        """Call one plugin through pluggy, which hands it those values that it takes."""
        others = [p for other, p in self._manager.list_name_plugin() if other != name]
        answers = self._manager.subset_hook_caller(function, others)(**values)
        return answers[0] if answers else None

    def _load(self) -> None:
        if self._manager is not None:
            return
        self._manager = _manager()
        for entry in (*sorted(self._entries, key=lambda one: one.name), _SHIPPED):
            self._add(entry)

    def _add(self, entry: EntryPoint) -> None:
        dist = entry.dist
        name = entry.name
        while name in self._plugins:
            name += "'"
        self._plugins[name] = Plugin(name, f"{dist.name} {dist.version}" if dist else "")
        try:
            found = entry.load()
            fault = _version_fault(found)
            answers = () if fault else _answers(found)
        except Exception as error:  # noqa: BLE001 - what others write may raise anything
            self.skip(name, error)
            return
        if fault:
            self.skip(name, fault)
            return
        self._manager.register(found, name)
        self._plugins[name] = replace(self._plugins[name], answers=answers)


_HOSTS: list[Host] = []


def host() -> Host:
    """The host of what is installed, one a process; or the one of `using`."""
    if not _HOSTS:
        _HOSTS.append(Host(() if os.environ.get(OFF_VARIABLE) else entry_points(group=GROUP)))
    return _HOSTS[-1]


@contextmanager
def using(other: Host) -> Iterator[Host]:
    """Ask these plugins for a while, instead of those that are installed."""
    host()
    _HOSTS.append(other)
    try:
        yield other
    finally:
        _HOSTS.remove(other)


def tell_observers(predictions: Iterable[Any]) -> None:
    """Tell the observers of each prediction."""
    for prediction in predictions:
        for _ in host().ask("ptxenergy_predicted", prediction=prediction):
            continue


def _version_fault(plugin: Any) -> str:
    said = getattr(plugin, "ptxenergy_spec", None)
    if said is None:
        return f"it lacks ptxenergy_spec = {SPEC_VERSION}, the specification it is written for"
    if said != SPEC_VERSION:
        return f"it is written for version {said} of the specification, this is {SPEC_VERSION}"
    return ""


def _answers(plugin: Any) -> tuple[str, ...]:
    """What a plugin answers; raises PluginValidationError where that does not fit the
    specification: an unknown function, an unknown parameter."""
    manager = _manager()
    manager.register(plugin)
    manager.check_pending()
    callers: Sequence[Any] = manager.get_hookcallers(plugin) or ()
    return tuple(sorted(caller.name for caller in callers))


def _manager() -> Any:
    from pluggy import PluginManager

    from ptxenergy.plugins import specs

    manager = PluginManager("ptxenergy")
    manager.add_hookspecs(specs)
    return manager
