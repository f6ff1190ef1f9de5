"""Who does which job: handlers and schedules register when their room's ``jobs.py`` is imported."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, Any

from app.core.errors import AppError
from app.core.tenancy import Actor
from app.support.jobs.rules import Rhythm

if TYPE_CHECKING:
    from app.support.jobs.models import Job

Payload = dict[str, Any]  # plain JSON
Handler = Callable[..., "Again | None"]
Report = Callable[[int, int], None]


class GiveUp(AppError):
    """Raised by a handler when trying again makes no sense; ``reason`` is shown to the administrator."""

    code = "jobs.job.gave_up"
    message = "{reason}"


@dataclass(frozen=True, slots=True)
class Again:
    """Returned by a handler that did one chunk: commit it, then go on with this payload.

    What is done and where to go on are stored in one transaction, so a crash repeats no chunk.
    """

    payload: Payload
    done: int = 0
    total: int = 0


@dataclass(slots=True)
class JobContext:
    """What a handler gets besides its payload."""

    job_id: int
    kind: str
    actor: Actor
    """The system, working for the job's tenant."""
    tries: int
    """1 at the first try."""
    prepared: Any = None
    """What the handler's ``prepare`` returned."""
    done: int = 0
    total: int = 0
    report: Report = field(default=lambda _done, _total: None, repr=False)

    def progress(self, done: int, total: int) -> None:
        """Show how far the job is; seen at once through Redis, stored when the transaction ends."""
        self.done, self.total = done, total
        self.report(done, total)


@dataclass(frozen=True, slots=True)
class Work:
    """A registered handler."""

    kind: str
    label: str
    run: Handler
    tries: int
    prepare: Callable[..., Any] | None
    """Runs before the transaction, for calls outside; at least once, so it asks before it acts twice."""
    seconds: int
    """How long one try may take."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that comes again and again."""

    kind: str
    rhythm: Rhythm
    per_tenant: bool


_works: dict[str, Work] = {}
_schedules: dict[str, Schedule] = {}
_gave_up: list[Callable[["Job"], None]] = []
_sources: list[Callable[[int], int]] = []
_tenants: list[Callable[[], Iterable[int]]] = []


def job(
    kind: str, *, label: str, tries: int = 5, prepare: Callable[..., Any] | None = None, seconds: int = 600
) -> Callable[[Handler], Handler]:
    """Register a handler ``run(ctx, **payload)``; it runs in one unit of work that also marks the job done.

    :param prepare: ``prepare(ctx, **payload)`` runs before, outside any transaction: calls to other systems.
    """

    def register(run: Handler) -> Handler:
        known = _works.get(kind)
        if known and (known.run.__module__, known.run.__qualname__) != (run.__module__, run.__qualname__):
            raise ValueError(f"job {kind} is registered twice")
        _works[kind] = Work(kind, label, run, tries, prepare, seconds)
        return run

    return register


def every(
    kind: str, *, minutes: int = 0, hours: int = 0, daily_at: str | None = None, per_tenant: bool = True
) -> None:
    """Do ``kind`` regularly, with the payload ``due`` (ISO text); what was missed is caught up once.

    :param daily_at: ``"01:00"`` in Beijing.
    :param per_tenant: one job for each tenant; otherwise one for the platform (tenant 0).
    """
    at = time.fromisoformat(daily_at) if daily_at else None
    _schedules[kind] = Schedule(kind, Rhythm(minutes + 60 * hours, at), per_tenant)


def on_give_up(act: Callable[["Job"], None]) -> Callable[["Job"], None]:
    """Register what happens when a job has failed for good: in its tenant's name, in the same transaction."""
    _gave_up.append(act)
    return act


def source(put_in: Callable[[int], int]) -> Callable[[int], int]:
    """Register a room that keeps moments on rows of its own instead of a job for each.

    ``put_in(limit)`` puts in the jobs of those that have come, of all tenants, at most so many, and says how many;
    the dispatcher asks in each of its rounds, in the transaction in which it claims them.
    """
    _sources.append(put_in)
    return put_in


def tenants_from(source: Callable[[], Iterable[int]]) -> None:
    """Say who knows the tenants that scheduled jobs run for."""
    _tenants[:] = [source]


def find_work(kind: str) -> Work | None:
    """The handler of a kind, or None when this program has none."""
    return _works.get(kind)


def label_of(kind: str) -> str:
    """The kind in Chinese; the kind itself when this program does not know it."""
    work = _works.get(kind)
    return work.label if work else kind


def kinds() -> list[str]:
    """All kinds this program knows, sorted."""
    return sorted(_works)


def schedules() -> list[Schedule]:
    """All schedules, sorted by kind."""
    return [_schedules[kind] for kind in sorted(_schedules)]


def sources() -> list[Callable[[int], int]]:
    """Who has jobs to put in when a moment comes."""
    return list(_sources)


def known_tenants() -> list[int]:
    """Tenants of scheduled jobs, sorted."""
    return sorted({tenant for source in _tenants for tenant in source()})


def give_up_acts() -> list[Callable[["Job"], None]]:
    """What to do when a job has failed for good."""
    return list(_gave_up)
