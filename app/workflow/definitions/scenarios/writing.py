"""A scenario as the text of a file, laid out as analysts write it: one act below the other, values in braces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_SPREAD = {"given", "facts", "steps", "signers", "expect"}
"""Keys whose entries stand on lines of their own."""


class _Dumper(yaml.SafeDumper):
    """No anchors: each act says all of it."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's signature
        """Never."""
        return True


def write_scenario(process_id: str, scenario: Mapping[str, Any]) -> str:
    """The file of one scenario. :param scenario: its keys with plain values, ``name`` first."""
    lines = [f"process: {process_id}", "scenarios:"]
    for mark, (key, value) in zip(["-", *" " * len(scenario)], scenario.items(), strict=False):
        lines += [f"  {mark} {line}" if not at else line for at, line in enumerate(_entry(key, value))]
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any) -> Iterator[str]:
    if key == "do":
        yield "do:"
        for act in value:
            yield from _act(act)
    elif key in _SPREAD:
        yield f"{key}:"
        yield from (f"      {name}: {_flow(one)}" for name, one in value.items())
    else:
        yield f"{key}: {_flow(value)}"


def _act(act: Mapping[str, Any]) -> Iterator[str]:
    for mark, (key, value) in zip(["-", *" " * len(act)], act.items(), strict=False):
        yield f"      {mark} {key}: {_flow(value)}"


def _flow(value: Any) -> str:
    text = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10**6
    )
    return text.removesuffix("\n").removesuffix("\n...")
