"""Counter-guarantees from the application to their release, and the resolution's conditions.

Source: domain processes §1 D14, §9.3; entities §7.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.business.committee import operations as committee
from app.business.committee import queries as committee_queries
from app.business.contracts import queries
from app.business.contracts.errors import (
    ConditionsOpen,
    ManagerVerifies,
    NoResolution,
    RegistrationIncomplete,
    StillOutstanding,
    UnknownCondition,
    UnknownCounterGuarantee,
)
from app.business.contracts.models import CounterGuarantee, CounterKind, CounterStatus
from app.business.contracts.papers import link_papers
from app.business.contracts.rules import BINDING, ContractStatus
from app.business.projects import queries as project_queries
from app.business.projects.models import Project
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


def propose_counter_guarantees(project: Project) -> Sequence[CounterGuarantee]:
    """The counter-guarantees of a project; made from its application the first time they are needed."""
    rows = queries.list_counter_guarantees(project.id)
    if rows:
        return rows
    for seq, proposed in enumerate(project.proposed_counter_guarantees, start=1):
        db.session.add(
            CounterGuarantee(
                project_id=project.id,
                seq=seq,
                kind=CounterKind(str(proposed["kind"])),
                provider_name=str(proposed["provider_name"]),
                description=str(proposed.get("description") or ""),
                amount_fen=int(str(proposed.get("amount_fen") or 0)),
            )
        )
    db.session.flush()
    return queries.list_counter_guarantees(project.id)


@dataclass(frozen=True, slots=True)
class Registration:
    """What was registered and kept for one counter-guarantee."""

    counter_guarantee_id: int
    registration_no: str = ""
    registration_org: str = ""
    registered_on: date | None = None
    expires_on: date | None = None
    insurance_until: date | None = None
    originals_kept: bool = False
    evidence: object = ()

    @property
    def is_complete(self) -> bool:
        """Whether number, authority and day are there."""
        return bool(self.registration_no and self.registration_org and self.registered_on)


def register_counter_guarantees(
    project_id: int, registrations: Iterable[Registration], *, actor: Actor
) -> Sequence[CounterGuarantee]:
    """Record registrations; mortgages and pledges become REGISTERED, assurances stay as signed.

    :raises RegistrationIncomplete: a mortgage or pledge without number, authority or day.
    :raises UnknownCounterGuarantee: not this project's.
    """
    project = project_queries.lock_project(project_id)
    rows = {row.id: row for row in propose_counter_guarantees(project)}
    for registration in registrations:
        row = rows.get(registration.counter_guarantee_id)
        if row is None:
            raise UnknownCounterGuarantee
        if row.kind.needs_registration and not registration.is_complete:
            raise RegistrationIncomplete(name=row.provider_name)
        _register(row, registration)
        link_papers(registration.evidence, "counter_guarantee", row.id, actor=actor)
        audit.record(actor, "contracts.counter_guarantee.registered", row, status=row.status.value)
    db.session.flush()
    return list(rows.values())


def _register(row: CounterGuarantee, registration: Registration) -> None:
    row.registration_no = registration.registration_no or None
    row.registration_org = registration.registration_org or None
    row.registered_on, row.expires_on = registration.registered_on, registration.expires_on
    row.insurance_until, row.originals_kept = registration.insurance_until, registration.originals_kept
    if registration.is_complete:
        row.status = CounterStatus.REGISTERED


def verify_conditions(project_id: int, verified: Mapping[int, str], *, actor: Actor) -> None:
    """Confirm that the resolution's conditions are fulfilled; afterwards no mandatory one may be open.

    :param verified: note by condition id.
    :raises ConditionsOpen: a mandatory one is left. :raises ManagerVerifies: a manager of the project.
    """
    project = project_queries.lock_project(project_id)
    if actor.user_id is not None and actor.user_id in {project.pm_a_id, project.pm_b_id}:
        raise ManagerVerifies
    resolution = committee_queries.issued_resolution(project_id)
    if resolution is None:
        raise NoResolution(project_no=project.project_no)
    if not verified.keys() <= {condition.id for condition in resolution.conditions}:
        raise UnknownCondition
    for condition in resolution.conditions:
        if condition.id in verified and not condition.is_done:
            committee.verify_condition(condition.id, note=verified[condition.id], actor=actor)
    db.session.flush()
    if still_open := committee_queries.open_mandatory_conditions(project_id):
        raise ConditionsOpen(open=still_open)
    audit.record(actor, "contracts.conditions.confirmed", project, verified=len(verified))


def return_originals(project_id: int, *, note: str, actor: Actor) -> None:
    """Registrations are cancelled and originals returned: counter-guarantees are released, contracts end.

    :raises StillOutstanding: liability is left.
    """
    project = project_queries.lock_project(project_id)
    if project.outstanding_fen:
        raise StillOutstanding(outstanding_fen=project.outstanding_fen)
    for row in queries.list_counter_guarantees(project_id):
        if row.status in {CounterStatus.SIGNED, CounterStatus.REGISTERED}:
            row.status, row.released_on, row.originals_kept = CounterStatus.RELEASED, clock.today(), False
    for contract in queries.live_set(project_id):
        if contract.status in BINDING:
            contract.status = ContractStatus.TERMINATED
    db.session.flush()
    audit.record(actor, "contracts.originals.returned", project, note=note)
