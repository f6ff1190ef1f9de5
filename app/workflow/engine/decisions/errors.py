"""Refusals of decision files and of evaluations that contradict their own table."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid


class DmnError(Invalid):
    """A decision file that cannot be used; each finding's ``field`` is the id of the element to correct."""

    code = "workflow.decisions.bad_file"
    message = "决策文件有 {count} 处需要修改，请按提示更正后再上传"


class RulesConflict(Conflict):
    """Several rules match where the hit policy allows one, or one answer."""

    code = "workflow.decisions.rules_conflict"
    message = "决策表“{table}”的第 {rules} 条规则同时命中，与命中策略 {policy} 矛盾；请检查规则的条件"


class UnknownDecision(Invalid):
    """A name that no decision of the file has."""

    code = "workflow.decisions.unknown"
    message = "决策文件里没有“{name}”，可用的有：{known}"
