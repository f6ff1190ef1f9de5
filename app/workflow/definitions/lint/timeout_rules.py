"""Rules about ``onTimeout``: what is done when the time is over must be sound without anybody looking."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.i18n import _
from app.workflow.definitions.lint.diagram import Node
from app.workflow.definitions.lint.findings import LintContext, LintFinding
from app.workflow.forms.deciding import one_word

POLICIES = ("remind", "transfer", "approve", "refuse")


def timeout_findings(node: Node, context: LintContext) -> Iterator[LintFinding]:
    """Findings of one user task."""
    policy = node.properties.get("onTimeout", "")
    if not policy:
        return
    if policy not in POLICIES:
        fix = _("请改为 remind（提醒）、transfer（转交）、approve（自动同意）或 refuse（自动不同意）")
        yield _block(node, _("超时处理“%(policy)s”不存在", policy=policy), fix)
        return
    if not node.properties.get("due"):
        yield _block(node, _("写了超时处理，却没有办理时限"), _("请填写属性 due，如 P2D"))
    if policy != "remind" and _is_vote(node):
        yield _block(node, _("投票或多人办理的环节不能超时自动处理"), _("请改为 remind"))
    elif policy in ("approve", "refuse"):
        yield from _decided(node, policy, context)


def _is_vote(node: Node) -> bool:
    personal = node.properties.get("secret") == "true" or node.properties.get("substitute") == "no"
    return personal or node.is_many


def _decided(node: Node, policy: str, context: LintContext) -> Iterator[LintFinding]:
    """An automatic decision: nothing to fill in, no money, no row of a room written."""
    fix = _("请改为 transfer 或 remind，由人办理")
    if node.properties.get("onComplete"):
        yield _block(node, _("提交时要登记业务数据的环节不能超时自动决定"), fix)
    if node.properties.get("signature", "none") != "none":
        yield _block(node, _("须签名的环节不能超时自动决定"), fix)
    form = context.made_forms.get(node.properties.get("form", ""))
    if form is None:
        return
    way = one_word(form, node.properties)
    if way.hindrance:
        yield _block(node, _("不能超时自动决定：%(why)s", why=way.hindrance), fix)
    if way.has_money:
        yield _block(node, _("填写金额的环节不能超时自动决定"), fix)
    if (way.approve if policy == "approve" else way.refuse) is None:
        name = "approve" if policy == "approve" else "refuse"
        message = _("表单没有可供自动选择的决定")
        yield _block(node, message, _("请用属性 %(name)s 写明选项的值，如 AGREE", name=name))


def _block(node: Node, message: str, fix: str) -> LintFinding:
    return LintFinding(node.id, "timeout", "BLOCK", message, fix)
