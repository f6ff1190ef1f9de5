"""The properties of a user task that say who gets it, read into a rule; what cannot be read is named."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from app.workflow.engine.countersign import COUNTERSIGN, is_countersigned


class Source(StrEnum):
    """Where the candidates come from, as written in ``candidates``; NAMED is ``assign``, ROLE the node's role."""

    ROLE = "role"
    NAMED = "assign"
    DEPARTMENT_HEAD = "departmentHead"
    SUPERIOR = "superior"
    HANDLER = "handlerOf"
    AUTHORITY = "authority"


class Pick(StrEnum):
    """Which of the candidates gets it. POOL: whoever claims it."""

    POOL = "pool"
    LEAST_LOADED = "leastLoaded"
    ROUND_ROBIN = "roundRobin"
    RANDOM = "random"
    CHOSEN = "chosen"


class WhenEmpty(StrEnum):
    """What happens when the rule finds nobody."""

    POOL = "pool"
    ADMIN = "admin"
    SUPERIOR = "superior"
    SKIP = "skip"
    REFUSE = "refuse"


class SamePerson(StrEnum):
    """Whether somebody who has just submitted the step before is asked again."""

    ASK = "ask"
    PASS = "pass"  # noqa: S105 - a word of the analysts, no password


APPLICANT, PREVIOUS = "applicant", "previous"
PERSONS = (APPLICANT, PREVIOUS)
"""Whom a rule may mean besides the handlers of a node: who started the case, who submitted the step before."""
CANDIDATES, ASSIGN, PICK, EXCLUDE = "candidates", "assign", "pick", "exclude"
WHEN_EMPTY, SAME_PERSON, AMOUNT, CHOOSES = "whenEmpty", "samePerson", "amount", "chooses"
RULED = frozenset({CANDIDATES, PICK, EXCLUDE, WHEN_EMPTY, SAME_PERSON})
"""Any of these properties makes a node one with a rule."""
MOST_LEVELS = 9
_CALL = re.compile(r"\s*([A-Za-z]+)\s*(?:\(\s*([^()]*?)\s*\))?\s*")
_WORDS = {PICK: Pick, WHEN_EMPTY: WhenEmpty, SAME_PERSON: SamePerson}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a node's task is given to somebody.

    :ivar of: whose department or superior: APPLICANT or PREVIOUS; of HANDLER the node id.
    :ivar level: of SUPERIOR: 1 is the direct one.
    :ivar decision: of AUTHORITY the decision that lists the limits, :ivar amount: the FEEL that gives the amount.
    :ivar exclude: node ids, APPLICANT, PREVIOUS.
    :ivar when_empty: None: the pool of the role, and without one the administrators.
    """

    source: Source = Source.ROLE
    of: str = APPLICANT
    level: int = 1
    decision: str = ""
    amount: str = ""
    pick: Pick = Pick.POOL
    exclude: tuple[str, ...] = ()
    when_empty: WhenEmpty | None = None
    same_person: SamePerson = SamePerson.ASK


@dataclass(frozen=True, slots=True)
class Fault:
    """A property that cannot be read."""

    name: str
    value: str
    known: tuple[str, ...] = ()


def is_ruled(properties: Mapping[str, str]) -> bool:
    """Whether the node has a rule; the others keep today's short way."""
    return not RULED.isdisjoint(properties)


def is_many(properties: Mapping[str, str]) -> bool:
    """Whether several people do the node, each her own part."""
    return properties.get("multi") == "true" or is_countersigned(properties)


def read_rule(properties: Mapping[str, str]) -> Rule:
    """The rule of a node. What cannot be read counts as not written: the lint has refused it before."""
    written = tuple((name, properties.get(name, "")) for name in (*sorted(RULED), ASSIGN, AMOUNT))
    return _read(written)


@lru_cache(maxsize=512)
def _read(written: tuple[tuple[str, str], ...]) -> Rule:
    properties = dict(written)
    source = Source.NAMED if properties[ASSIGN] else Source.ROLE
    parts = _source_of(properties[CANDIDATES]) or {"source": source}
    return Rule(
        **parts,
        amount=properties[AMOUNT],
        pick=_word(properties, PICK) or Pick.POOL,
        exclude=tuple(listed(properties[EXCLUDE])),
        when_empty=_word(properties, WHEN_EMPTY),
        same_person=_word(properties, SAME_PERSON) or SamePerson.ASK,
    )


def _word(properties: Mapping[str, str], name: str) -> Any:
    text = properties.get(name, "").strip()
    return _WORDS[name](text) if text in list(_WORDS[name]) else None


def _source_of(text: str) -> dict[str, Any]:
    """Parts of the rule that ``candidates`` says; empty when it says nothing that can be read."""
    found = _CALL.fullmatch(text)
    read = _SOURCES.get(found[1]) if found is not None else None
    return read(listed(found[2] or "")) if found is not None and read is not None else {}


def _role(arguments: list[str]) -> dict[str, Any]:
    return {} if arguments else {"source": Source.ROLE}


def _department_head(arguments: list[str]) -> dict[str, Any]:
    whose = arguments or [APPLICANT]
    return {"source": Source.DEPARTMENT_HEAD, "of": whose[0]} if len(whose) == 1 and whose[0] in PERSONS else {}


def _handler(arguments: list[str]) -> dict[str, Any]:
    return {"source": Source.HANDLER, "of": arguments[0]} if len(arguments) == 1 else {}


def _authority(arguments: list[str]) -> dict[str, Any]:
    return {"source": Source.AUTHORITY, "decision": arguments[0]} if len(arguments) == 1 else {}


def _superior(arguments: list[str]) -> dict[str, Any]:
    level, *whose = arguments or ["1"]
    is_level = level.isascii() and level.isdigit() and 1 <= int(level) <= MOST_LEVELS
    if not is_level or len(whose) > 1 or not set(whose) <= set(PERSONS):
        return {}
    return {"source": Source.SUPERIOR, "level": int(level), "of": (whose or [APPLICANT])[0]}


_SOURCES: dict[str, Callable[[list[str]], dict[str, Any]]] = {
    Source.ROLE: _role,
    Source.DEPARTMENT_HEAD: _department_head,
    Source.SUPERIOR: _superior,
    Source.HANDLER: _handler,
    Source.AUTHORITY: _authority,
}
KNOWN_SOURCES = (
    "role",
    "departmentHead",
    "superior(1)",
    "superior(2, previous)",
    "handlerOf(node)",
    "authority(decision)",
)
"""How sources are written, for messages."""


def faults(properties: Mapping[str, str]) -> Iterator[Fault]:
    """Properties whose words nobody knows."""
    text = properties.get(CANDIDATES, "")
    if text.strip() and not _source_of(text):
        yield Fault(CANDIDATES, text, KNOWN_SOURCES)
    for name, words in _WORDS.items():
        if properties.get(name, "").strip() and _word(properties, name) is None:
            yield Fault(name, properties[name], tuple(words))


def listed(text: str) -> list[str]:
    """Entries of a comma-separated property."""
    return [entry.strip() for entry in text.replace("，", ",").split(",") if entry.strip()]


def chosen_name(node_id: str) -> str:
    """The process data that keeps whom a handler chose for a node."""
    return f"{node_id}_chosen"


def chosen_nodes(properties: Mapping[str, str]) -> list[str]:
    """Ids of the nodes whose handler is chosen at this one."""
    return listed(properties.get(CHOOSES, ""))


def why_not_passable(properties: Mapping[str, str], *, must_fill: bool) -> tuple[str, ...]:
    """Why a task may not be passed without a person: property names, ``form`` when a field must be filled in.

    Empty: nothing is lost when nobody submits it.
    """
    held = [name for name in ("onComplete", "checks", "documents", CHOOSES) if properties.get(name)]
    held += [name for name in ("secret", "multi") if properties.get(name) == "true"]
    held += [COUNTERSIGN] if is_countersigned(properties) else []
    held += [EXCLUDE] if properties.get(EXCLUDE) else []
    return (*held, *(("form",) if must_fill else ()))
