"""Rules about ``countersign``: who signs is said once, and the form has a decision that can be counted.

What contradicts within its own properties is the engine's refusal (``engine.countersign.faults``).
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.i18n import _
from app.workflow.definitions.lint.diagram import Node
from app.workflow.definitions.lint.findings import LintContext, LintFinding
from app.workflow.engine.countersign import faults, is_countersigned, read_rule


def countersign_findings(node: Node, context: LintContext) -> Iterator[LintFinding]:
    """Findings of one user task."""
    properties = node.properties
    if not is_countersigned(properties) or any(faults(properties)):
        return
    if properties.get("assign"):
        message = _("几个人签署的环节由谁签写在 signers，属性 assign 不起作用")
        yield _block(node, message, _("请把 assign 的内容移到属性 signers"))
    if properties.get("signers") and properties.get("candidates"):
        yield _block(node, _("属性 signers 和 candidates 都在指定会签人"), _("请只留一个"))
    yield from _decision(node, context)


def _decision(node: Node, context: LintContext) -> Iterator[LintFinding]:
    """Somebody must be able to say yes and to say no; words that are not in the form count nothing."""
    form = context.made_forms.get(node.properties.get("form", ""))
    if form is None:
        return
    if form.decision is None:
        fix = _("请在表单中加上标识为 decision 的单选字段，选项如 AGREE、REJECT")
        yield _block(node, _("表单“%(form)s”没有结论（decision），无法计票", form=form.name), fix)
        return
    options = [str(option.value) for option in form.decision.options or ()]
    if not options:
        return  # from a registered choice, known only when it is shown
    rule = read_rule(node.properties)
    known = "、".join(options)
    for name, words in (("approve", rule.approve), ("abstain", rule.abstain)):
        unknown = [word for word in words if word not in options] if node.properties.get(name) else []
        if unknown:
            message = _("属性 %(name)s 里的 %(what)s 不是表单的选项", name=name, what="、".join(unknown))
            yield _block(node, message, _("请改为表单的选项：%(known)s", known=known))
    if not set(rule.approve) & set(options):
        fix = _("请用属性 approve 写明哪些选项算同意，如 %(one)s", one=options[0])
        yield _block(node, _("表单的选项 %(known)s 没有一个算同意", known=known), fix)
    if not set(options) - set(rule.approve) - set(rule.abstain):
        fix = _("请加上表示不同意的选项，或改正属性 approve、abstain")
        yield _block(node, _("表单的选项 %(known)s 没有一个算不同意", known=known), fix)


def _block(node: Node, message: str, fix: str) -> LintFinding:
    return LintFinding(node.id, "countersign", "BLOCK", message, fix)
