"""What a person may do about a step that failed for good: again, again with other data, without it, somebody else.

A step is tried in a savepoint of its own; what came before it is never repeated. Source: domain processes §0.5.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from app.core.db import db
from app.core.errors import Finding
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people
from app.workflow.engine import Run
from app.workflow.forms import to_plain
from app.workflow.instances import store
from app.workflow.instances.errors import (
    DataNotKnown,
    IncidentNotOpen,
    InstanceNotFound,
    NotAnAdministrator,
    ReasonMissing,
)
from app.workflow.instances.log import write_log
from app.workflow.instances.models import Incident, IncidentState, InstanceStatus, ProcessInstance
from app.workflow.instances.services import StepServices

MANAGE = "workflow.instances.manage"
_UNSOLVED = (IncidentState.RETRYING, IncidentState.OPEN)


def retry_incidents(incident_ids: Sequence[int], *, actor: Actor, reason: str) -> list[Incident]:
    """Retry several; those somebody has dealt with meanwhile are left out."""
    retried = []
    for incident_id in incident_ids:
        with suppress(IncidentNotOpen):
            retried.append(retry_incident(incident_id, actor=actor, reason=reason))
    return retried


def retry_incident(incident_id: int, *, actor: Actor, reason: str | None = None) -> Incident:
    """Run the failed step once more. That somebody tried in vain is in the log of the case too.

    :raises IncidentNotOpen: it has been dealt with.
    """
    incident, instance = _locked(incident_id)
    opened = store.open_run(instance, actor)
    if _drive(incident, instance, opened, lambda run: run.retry(incident.engine_task_id)):
        _settle(incident, instance, IncidentState.RESOLVED, actor, "retry", reason or "重试成功")
    elif actor.user_id is not None:  # what the clock tries counts in the incident alone
        why = incident.message[:200]
        write_log(instance, actor, "retry_failed", node_id=incident.node_id, comment=reason, target=why)
    audit.record(actor, "workflow.instances.retried", instance, incident_id=incident.id, tries=incident.tries)
    return incident


def retry_with_changes(incident_id: int, changes: Mapping[str, Any], *, reason: str, actor: Actor) -> Incident:
    """Put process data right, then run the failed step once more.

    :param changes: entries the process has already, by name; other names are refused, a typing mistake would
        look like a success.
    :raises ReasonMissing: no reason. :raises DataNotKnown: the process has no such entry.
    :raises IncidentNotOpen: it has been dealt with.
    """
    reason = require_reason(reason, ReasonMissing)
    incident, instance = _locked(incident_id)
    opened = store.open_run(instance, actor)
    before = _known_data(incident, opened[0], changes.keys())
    is_through = _drive(incident, instance, opened, lambda run: run.retry(incident.engine_task_id, changes))
    audit.record(
        actor,
        "workflow.instances.data_changed",
        instance,
        incident_id=incident.id,
        reason=reason,
        before=before,
        after=to_plain(changes),
    )
    names = "、".join(changes)[:200]
    write_log(instance, actor, "change_data", node_id=incident.node_id, comment=reason, target=names)
    if is_through:
        _settle(incident, instance, IncidentState.RESOLVED, actor, "retry", reason)
    return incident


def skip_incident(incident_id: int, *, reason: str, actor: Actor) -> Incident:
    """Go on without the failed step: whatever it would have written is not there. Steps after it may fail in turn.

    :raises ReasonMissing: no reason. :raises IncidentNotOpen: it has been dealt with.
    """
    reason = require_reason(reason, ReasonMissing)
    incident, instance = _locked(incident_id)
    opened = store.open_run(instance, actor)
    _drive(incident, instance, opened, lambda run: run.skip(incident.engine_task_id))
    _settle(incident, instance, IncidentState.SKIPPED, actor, "skip", reason)
    audit.record(actor, "workflow.instances.skipped", instance, incident_id=incident.id, reason=reason)
    return incident


def hand_to(incident_id: int, user_id: int, *, note: str, actor: Actor) -> Incident:
    """Ask another administrator of processes to deal with it; she is told.

    :raises NotAnAdministrator: somebody who could do nothing about it. :raises IncidentNotOpen: dealt with.
    """
    incident, instance = _locked(incident_id)
    if user_id not in {user.id for user in people.users_who_may(MANAGE)}:
        raise NotAnAdministrator
    incident.assigned_to = user_id
    text = f"{instance.title}：{incident.message[:200]}" + (f"（{note.strip()[:200]}）" if note.strip() else "")
    notices.send_inbox(
        [user_id], "流程异常转交您处理", text, link=f"/admin/instances/{instance.id}", kind="SYSTEM"
    )
    whom = people.display_name(user_id)
    write_log(instance, actor, "hand_over", node_id=incident.node_id, comment=note, target=whom)
    audit.record(actor, "workflow.instances.handed_over", instance, incident_id=incident.id, to=user_id)
    db.session.flush()
    return incident


def _locked(incident_id: int) -> tuple[Incident, ProcessInstance]:
    incident = db.session.get(Incident, incident_id)
    if incident is None:
        raise InstanceNotFound
    instance = store.lock(incident.instance_id)
    db.session.refresh(incident)
    if incident.state not in _UNSOLVED or instance.status in store.ENDED:
        raise IncidentNotOpen
    store.require_not_suspended(instance)
    return incident, instance


def _known_data(incident: Incident, run: Run, names: Collection[str]) -> dict[str, Any]:
    """What the failed step sees under these names. :raises DataNotKnown: it does not see one; none is named."""
    seen = next((view.data for view in run.failed() if view.id == incident.engine_task_id), {})
    unknown = sorted(set(names) - seen.keys())
    if unknown or not names:
        text = _("流程数据中没有「%(names)s」，请从列出的数据项中选择", names="、".join(unknown))
        raise DataNotKnown([Finding(DataNotKnown.code, text, field="name")])
    return {name: to_plain(seen[name]) for name in names}


def _drive(
    incident: Incident,
    instance: ProcessInstance,
    opened: tuple[Run, StepServices],
    act: Callable[[Run], None],
) -> bool:
    """Let the run go on; whether the step got through this time."""
    run, services = opened
    instance.status, tries = InstanceStatus.RUNNING, incident.tries
    store.drive(instance, run, services, lambda: act(run), by_person=False)
    return incident.tries == tries


def _settle(
    incident: Incident, instance: ProcessInstance, state: IncidentState, actor: Actor, action: str, reason: str
) -> None:
    store.resolve(incident, state, actor, reason)
    store.settle_status(instance)
    write_log(instance, actor, action, node_id=incident.node_id, comment=reason)
