"""What the page of a task shows this person, and what it lets her do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.support.identity.signature import kept_picture
from app.workflow import writings
from app.workflow.instances.assigning.explaining import sentences
from app.workflow.instances.assigning.preview import Ahead, preview
from app.workflow.instances.models import ProcessInstance, SignatureKind, TaskKind, TaskState, UserTask
from app.workflow.instances.store import ENDED
from app.workflow.registry import Panel, PanelContext, registry
from app.workflow.tasks import access, beside, formwork, papers, rounds, worklists
from app.workflow.tasks.models import (
    HOLDS_OWNER,
    UNANSWERED,
    AskState,
    CoHandler,
    HeldSubmission,
    StandardPhrase,
    TaskCopy,
)
from app.workflow.tasks.operations.delegate import may_pass_on
from app.workflow.tasks.operations.phrases import phrases_of
from app.workflow.tasks.operations.rework import standing_reworks
from app.workflow.tasks.operations.signing import kinds_asked
from app.workflow.tasks.operations.urge import whose_turn
from app.workflow.tasks.queries import PassedNode, returnable_nodes
from app.workflow.tasks.rounds import RoundShown

BESIDE = frozenset({"delegate", "add_handler"})
"""What a secret ballot never offers: nobody votes in another's place, or looks on."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The form as the browser draws it."""

    schema: dict[str, Any]
    values: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    is_readonly: bool


@dataclass(frozen=True, slots=True)
class Deeds:
    """What this person may do with the task now."""

    work: bool
    claim: bool
    release: bool
    transfer: bool
    return_to: tuple[PassedNode, ...]
    comment: bool
    take_back: bool
    reclaim: bool = False
    delegate: bool = False
    add_handler: bool = False
    copy: bool = False
    urge: bool = False
    sign: CoHandler | None = None
    """What she is asked beside the owner, if it is her turn."""

    @property
    def any_other(self) -> bool:
        """Whether there is anything besides the form."""
        return bool(
            self.transfer
            or self.return_to
            or self.comment
            or self.take_back
            or self.release
            or self.more
            or self.sign
        )

    @property
    def more(self) -> bool:
        """Whether anybody else can be asked in, told or urged."""
        return self.delegate or self.add_handler or self.copy or self.urge


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody asked beside the owner, as the page tells it."""

    id: int
    name: str
    label: str
    state: str
    request: str
    opinion: str
    answered_at: datetime | None
    is_removable: bool


@dataclass(frozen=True, slots=True)
class Signing:
    """How she may sign: by hand, by her name ``name``, by the picture she keeps."""

    kinds: tuple[str, ...]
    name: str
    has_kept: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything but history, diagram and papers."""

    screen: Screen | None
    deeds: Deeds
    hours_left: Decimal | None
    returned_by: str
    panels: tuple[tuple[str, Panel], ...]
    writes_documents: bool
    """Whether submitting makes documents, so that they can be looked at before."""
    asked: tuple[Asked, ...]
    held: HeldSubmission | None
    correcting: str
    """Of a returned task: which nodes are not corrected yet, and by whom."""
    first: str
    """Names of those who must act before the owner can submit."""
    in_place_of: str
    """Name of the absent person she acts for on this task; empty when it is her own."""
    copies: tuple[tuple[str, datetime | None], ...]
    """Who was sent a copy of this task, and when she looked at it."""
    my_copy: TaskCopy | None
    """Her own copy, as long as she has not confirmed that she looked at it."""
    phrases: tuple[StandardPhrase, ...]
    ahead: tuple[Ahead, ...] = ()
    """What may come next, and who will get it, for whoever can submit."""
    signing: Signing | None = None
    """Where the node asks for a signature, for whoever can submit."""
    round: RoundShown | None = None
    """Of a countersigned node: who signs, who has, and what it comes to."""
    why: tuple[str, ...] = ()
    """Why it was given to whom, where a rule was asked."""

    @property
    def sign_label(self) -> str:
        """What she is asked for, in words."""
        return beside.label(self.deeds.sign.kind) if self.deeds.sign else ""

    @property
    def asker(self) -> str:
        """Who asks her."""
        return people.display_name(self.deeds.sign.asked_by) if self.deeds.sign else ""


def shown_to(task: UserTask, instance: ProcessInstance, actor: Actor) -> Shown:
    """The task as this person sees it. ``screen`` is None for a node without form or with secret answers."""
    deeds = deeds_of(task, actor)
    place = access.seen_from(task, actor) if deeds.work else actor
    held = beside.find_held(task.id)
    asked = beside.asked_on(task.id)
    first = [ask for ask in asked if ask.state == AskState.WAITING and ask.kind in HOLDS_OWNER]
    copies = beside.copies_of(task.id)
    names = people.display_names([copy.user_id for copy in copies])
    mine = next((one for one in copies if one.user_id == actor.user_id and one.read_at is None), None)
    return Shown(
        screen=_screen(task, instance, place, may_fill=deeds.work, held=held),
        deeds=deeds,
        hours_left=worklists.hours_left(task),
        returned_by=_returner(task),
        panels=_panels(task, instance, place),
        writes_documents=deeds.work and bool(writings.names_of(task.properties)),
        asked=tuple(_asked(asked, task, actor)),
        held=held,
        correcting="、".join(sorted(_correcting(task))),
        first=beside.names_of(first) if task.state == TaskState.OPEN else "",
        in_place_of=_absent(place, deeds.sign),
        copies=tuple((names.get(copy.user_id, ""), copy.read_at) for copy in copies),
        my_copy=mine,
        phrases=tuple(phrases_of(actor)) if deeds.sign or deeds.comment else (),
        ahead=tuple(_ahead(task, instance, actor)) if deeds.work else (),
        signing=_signing(task, actor) if deeds.work else None,
        round=rounds.shown(task, instance, actor),
        why=tuple(sentences(task.assignment, instance.release_id)),
    )


def _signing(task: UserTask, actor: Actor) -> Signing | None:
    kinds = kinds_asked(task)
    if not kinds:
        return None
    has_kept = SignatureKind.DRAWN in kinds and kept_picture(actor.user_id) is not None
    return Signing(tuple(kind.value for kind in kinds), actor.name, has_kept)


def _correcting(task: UserTask) -> Iterator[str]:
    if task.state == TaskState.REWORK:
        waiting = standing_reworks(task)
        names = people.display_names([one.assignee_id for one in waiting])
        for one in waiting:
            yield _("%(node)s（%(name)s）", node=one.name, name=names.get(one.assignee_id or 0, ""))


def _absent(place: Actor, ask: CoHandler | None) -> str:
    if place.on_behalf_of is not None:
        return people.display_name(place.on_behalf_of)
    return people.display_name(ask.user_id) if ask is not None and ask.user_id != place.user_id else ""


def _ahead(task: UserTask, instance: ProcessInstance, actor: Actor) -> list[Ahead]:
    """What comes after it; a returned one goes back to who returned it, which the page says."""
    if task.kind == TaskKind.REWORK:
        return []
    return preview(task, instance, formwork.node_data(task, instance), actor)


def _asked(asked: Sequence[CoHandler], task: UserTask, actor: Actor) -> Iterator[Asked]:
    names = people.display_names([ask.user_id for ask in asked])
    for ask in asked:
        is_open = task.state == TaskState.OPEN and ask.state in UNANSWERED
        yield Asked(
            id=ask.id,
            name=names.get(ask.user_id, ""),
            label=beside.label(ask.kind),
            state=ask.state.value,
            request=ask.request,
            opinion=ask.opinion or "",
            answered_at=ask.answered_at,
            is_removable=is_open and actor.user_id in {ask.asked_by, task.assignee_id},
        )


def deeds_of(task: UserTask, actor: Actor) -> Deeds:
    """What she may do: the operations ask the same questions again."""
    resting = task.instance.suspended_at is not None
    is_open = task.state == TaskState.OPEN and not resting
    works = is_open and access.may_act(task, actor)
    held = beside.find_held(task.id) if works else None
    is_hers = works and held is None
    actions = access.actions_of(task) if not access.is_secret(task) else access.actions_of(task) - BESIDE
    mine = beside.find_ask(task, actor) if is_open else None
    takes_part = access.takes_part(task, actor)
    submitted = task.closed_by if task.state == TaskState.DONE else held.submitted_by if held else None
    has_returned = task.state == TaskState.REWORK and access.may_act(task, actor)
    can_delegate = (is_hers and "delegate" in actions) or may_pass_on(mine, task)
    return Deeds(
        work=is_hers,
        claim=is_hers and task.assignee_id is None,
        release=is_hers and task.assignee_id is not None and not task.assigned_by_process,
        transfer=is_hers and "transfer" in actions,
        return_to=tuple(returnable_nodes(task)) if is_hers and task.kind == TaskKind.NORMAL else (),
        comment="comment" in actions,
        take_back="take_back" in actions and not resting and (submitted == actor.user_id or has_returned),
        reclaim=task.state == TaskState.DONE
        and submitted == actor.user_id
        and "take_back" in actions
        and task.instance.status not in ENDED
        and not resting,
        delegate=can_delegate,
        add_handler=is_hers and "add_handler" in actions,
        copy=takes_part,
        urge=is_open and takes_part and any(one != actor.user_id for one in whose_turn(task)),
        sign=mine,
    )


def _screen(
    task: UserTask, instance: ProcessInstance, actor: Actor, *, may_fill: bool, held: HeldSubmission | None
) -> Screen | None:
    if not task.form or (access.is_secret(task) and not may_fill):
        return None
    if may_fill:
        values = formwork.shown_values(task, instance, actor)
    elif held is not None:
        values = held.answers
    else:  # a draft is nobody else's business
        values = formwork.submitted_values(task, instance)
    documents = papers.shown(task, instance, values, actor)
    return Screen(formwork.schema(task, instance, actor), values, documents, is_readonly=not may_fill)


def _returner(task: UserTask) -> str:
    if task.returned_from_id is None:
        return ""
    returner = access.get_task(task.returned_from_id)
    name = people.display_name(returner.assignee_id) if returner.assignee_id else ""
    return f"{returner.name}{f'（{name}）' if name else ''}"


def _panels(task: UserTask, instance: ProcessInstance, actor: Actor) -> tuple[tuple[str, Panel], ...]:
    """Blocks of other rooms: those the node names, else all that have something to say."""
    named = [name.strip() for name in (task.properties.get("panels") or "").split(",") if name.strip()]
    context = PanelContext(actor=actor, instance_id=instance.id, data=formwork.node_data(task, instance))
    found: list[tuple[str, Panel]] = []
    for name in named or list(registry.panels):
        entry = registry.panels.get(name)
        panel = entry.run(context) if entry else None
        if entry is not None and isinstance(panel, Panel):
            found.append((_(entry.label), panel))
    return tuple(found)
