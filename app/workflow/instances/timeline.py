"""The history of a case in words: who did what, when and why, with what was submitted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import AppError
from app.core.i18n import _
from app.core.tenancy import Actor
from app.workflow import definitions
from app.workflow.definitions import CompiledRelease
from app.workflow.forms import Form
from app.workflow.forms.showing import text_of
from app.workflow.instances import queries
from app.workflow.instances.models import ProcessInstance, TaskLog, UserTask
from app.workflow.instances.signatures import Shown, signatures_of
from app.workflow.instances.words import Words
from app.workflow.registry import Choice, ChoiceContext, registry

ACTS: Mapping[str, tuple[str, str, str]] = {
    "start": ("发起流程", "play-circle", "info"),
    "submit": ("提交", "check", "success"),
    "claim": ("领取", "person-check", "progress"),
    "release": ("退回公共池", "inbox", "neutral"),
    "transfer": ("转办", "arrow-left-right", "info"),
    "return": ("退回", "arrow-return-left", "warning"),
    "suspend": ("挂起", "pause-circle", "warning"),
    "resume": ("恢复办理", "play-circle", "success"),
    "reclaim": ("拿回", "arrow-counterclockwise", "warning"),
    "take_back": ("撤回", "arrow-counterclockwise", "warning"),
    "rerun": ("重新流转", "arrow-repeat", "warning"),
    "delegate": ("委派", "person-check", "info"),
    "answer": ("委派办理", "person-check", "success"),
    "call_back": ("撤销委派", "dash-circle", "neutral"),
    "add_before": ("前加签", "person-plus", "info"),
    "add_parallel": ("并加签", "person-plus", "info"),
    "add_after": ("后加签", "person-plus", "info"),
    "remove_handler": ("减签", "dash-circle", "neutral"),
    "sign": ("加签意见", "pencil", "success"),
    "countersigned": ("会签结束", "people", "info"),
    "add_signers": ("增加会签人", "person-plus", "info"),
    "drop_signer": ("减去会签人", "dash-circle", "warning"),
    "hold": ("提交待加签", "hourglass-split", "progress"),
    "give_back": ("退还修改", "arrow-return-left", "warning"),
    "copy": ("抄送", "send", "neutral"),
    "urge": ("催办", "megaphone", "warning"),
    "pass_same": ("同一人，自动通过", "person-check", "success"),
    "pass_empty": ("无人办理，按约定跳过", "skip-forward", "warning"),
    "recuse": ("回避", "slash-circle", "warning"),
    "unrecuse": ("解除回避", "person-check", "neutral"),
    "comment": ("留言", "chat-left-text", "neutral"),
    "message": ("收到外部消息", "envelope", "info"),
    "timer": ("定时触发", "clock", "neutral"),
    "remind": ("到期提醒", "bell", "warning"),
    "escalate": ("超时上报", "exclamation-triangle", "danger"),
    "hand_work": ("工作交接", "arrow-left-right", "info"),
    "hand_back": ("撤销交接", "arrow-counterclockwise", "warning"),
    "ask_jump": ("申请跳转", "signpost-split", "warning"),
    "jump": ("跳转", "signpost-split", "danger"),
    "refuse_jump": ("未同意跳转", "signpost-split", "neutral"),
    "timeout": ("超时自动处理", "clock-history", "danger"),
    "timeout_kept": ("超时未自动处理", "clock-history", "danger"),
    "retry": ("异常重试", "arrow-clockwise", "progress"),
    "retry_failed": ("重试未成功", "arrow-clockwise", "danger"),
    "change_data": ("更正流程数据", "pencil-square", "warning"),
    "skip": ("跳过自动环节", "skip-forward", "warning"),
    "hand_over": ("转交异常", "person-check", "info"),
    "deliver": ("收到其他流程的通知", "envelope", "info"),
    "mend": ("核对更正", "tools", "warning"),
    "migrate": ("迁移到新版", "arrow-left-right", "info"),
    "migrate_undo": ("撤销迁移", "arrow-counterclockwise", "warning"),
    "cancel": ("终止流程", "slash-circle", "danger"),
}
"""Act → words, icon, tone."""

QUIET = frozenset({"claim", "release", "remind", "urge", "copy"})
"""Acts left out of the printed record: nothing was decided."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act on a case; ``answers`` are ``(label, text)`` lines of the form, none for secret ballots."""

    seq: int
    node_id: str
    node: str
    act: str
    action: str
    icon: str
    tone: str
    who: str
    at: datetime
    outcome: str
    note: str
    target: str
    answers: tuple[tuple[str, str], ...]
    signature: Shown | None = None

    @property
    def title(self) -> str:
        """Node and act: 受理审核 · 提交."""
        return f"{self.node} · {self.act}" if self.node else self.act


def entries_of(instance: ProcessInstance, actor: Actor) -> list[Entry]:
    """The whole history, oldest first."""
    writer = _Writer(instance, actor)
    return [writer.entry(row) for row in queries.history(instance.id)]


class _Writer:
    """Puts log rows into words with the forms of the instance's own release."""

    def __init__(self, instance: ProcessInstance, actor: Actor) -> None:
        self._instance, self._actor = instance, actor
        self._release: CompiledRelease = definitions.compiled(instance.release_id)
        self._words = Words(self._release)
        self._forms = _forms_by_task(queries.tasks_of(instance.id))
        self._choices: dict[str, list[Choice]] = {}
        self._signatures = signatures_of(instance.id)

    def entry(self, row: TaskLog) -> Entry:
        """One row in words."""
        act, icon, tone = ACTS.get(row.action, (row.action, "circle", "neutral"))
        form = self._form(row)
        return Entry(
            seq=row.seq,
            node_id=row.node_id or "",
            node=row.node_name or self._words.node(row.node_id),
            act=_(act),
            action=row.action,
            icon=icon,
            tone=tone,
            who=row.actor_name,
            at=row.at,
            outcome=self._outcome(form, row.outcome),
            note=row.comment or "",
            target=self._target(row),
            answers=self._answers(form, row),
            signature=self._signatures.get(row.seq),
        )

    def _form(self, row: TaskLog) -> Form | None:
        name = self._forms.get(row.task_id or 0)
        return self._release.forms.get(name) if name else None

    def _target(self, row: TaskLog) -> str:
        """A message by the name of the event that took it; people and nodes are kept by name."""
        target = row.target or ""
        return self._words.message(target) if row.action == "message" else target

    def _outcome(self, form: Form | None, outcome: str | None) -> str:
        if not outcome or form is None or form.decision is None:
            return outcome or ""
        return text_of(form.decision, outcome, self.options)

    def _answers(self, form: Form | None, row: TaskLog) -> tuple[tuple[str, str], ...]:
        if form is None or not row.answers:
            return ()
        return tuple(form.summary(row.answers, self.options))

    def options(self, name: str) -> list[Choice]:
        """Labels of a registered choice; none when the room cannot tell any more."""
        if name not in self._choices:
            self._choices[name] = choices_of(name, ChoiceContext(actor=self._actor, data=self._instance.data))
        return self._choices[name]


def choices_of(name: str, context: ChoiceContext) -> list[Choice]:
    """Options for showing what was chosen; a choice nobody offers any more shows its value."""
    run: Callable[..., Sequence[Choice]] | None = getattr(registry.choices.get(name), "run", None)
    try:
        return list(run(context)) if run else []
    except AppError:
        return []


def _forms_by_task(tasks: Sequence[UserTask]) -> dict[int, str]:
    return {task.id: task.form for task in tasks if task.form}
