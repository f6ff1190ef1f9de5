"""What a countersigned node came to, in words: kept with the case and told in its log."""

from collections.abc import Mapping
from typing import Any

from app.core.i18n import _
from app.support.identity import queries as people
from app.workflow.engine.countersign import Base, Result, Rule, Way

WAYS: Mapping[str, str] = {
    Way.ALL: "会签",
    Way.ANY: "或签",
    Way.SEQUENCE: "依次会签",
    Way.VOTES: "票签",
}
_VOTES = (("for", "同意"), ("against", "不同意"), ("abstained", "弃权"))
RESULTS: Mapping[str, str] = {Result.PASSED: "通过", Result.REFUSED: "不通过"}


def sentences(trace: Mapping[str, Any]) -> list[str]:
    """The result with its count, then why it stands; stored as they are."""
    counted = trace["tally"]
    head = f"{WAYS[trace['way']]}{RESULTS[trace['result']]}：{_counted(counted)}。"
    return [head, *_weighed(counted), f"{_why(trace)}{_early(counted)}。"]


def needed(rule: Rule) -> str:
    """When it is passed, in the reader's language: for whoever signs, or looks who will."""
    match rule.way:
        case Way.ANY:
            return _("以第一个表态的人为准")
        case Way.SEQUENCE:
            return _("依次办理，全部同意才通过")
        case Way.ALL:
            return _("全部同意才通过")
    if rule.count is not None:
        return _("同意票不少于 %(n)s 票才通过", n=rule.count)
    if rule.base is Base.SIGNERS:
        return _("同意票占应签人的 %(ratio)s 才通过", ratio=rule.ratio_in_words())
    return _("同意票占同意与不同意之和的 %(ratio)s 才通过", ratio=rule.ratio_in_words())


def _counted(counted: Mapping[str, Any]) -> str:
    said = (f"{word} {counted[key]}" for key, word in (*_VOTES, ("missing", "未表态")))
    return f"共 {counted['asked']} 人，{'、'.join(said)}"


def _weighed(counted: Mapping[str, Any]) -> list[str]:
    if str(counted["weight_asked"]) == str(counted["asked"]):
        return []
    parts = (f"{word} {counted[f'weight_{key}']}" for key, word in _VOTES)
    return [f"票权合计 {counted['weight_asked']}，其中{'、'.join(parts)}。"]


def _why(trace: Mapping[str, Any]) -> str:
    counted, passed = trace["tally"], trace["result"] == Result.PASSED
    if counted["vetoed_by"]:
        names = people.display_names([one for one in counted["vetoed_by"] if one is not None])
        return f"{'、'.join(names.values()) or '有否决权的人'}一票否决"
    match trace["way"]:
        case Way.ANY:
            return "以第一个表态为准" if counted["for"] or counted["against"] else "没有人表态"
        case Way.VOTES:
            return f"{'达到' if passed else '达不到'}通过条件：同意票{_needed(trace)}"
    return "全部同意" if passed else "没有全部同意"


def _needed(trace: Mapping[str, Any]) -> str:
    if trace["count"] is not None:
        return f"不少于 {trace['count']} 票"
    base = "应签人" if trace["base"] == Base.SIGNERS else "同意与不同意之和"
    return f"占{base}的 {trace['ratio']}"


def _early(counted: Mapping[str, Any]) -> str:
    return f"；结果已定，其余 {counted['missing']} 人不必再办" if counted["missing"] else ""
