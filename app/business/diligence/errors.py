"""Refusals of the diligence room."""

from app.core.errors import Conflict, Forbidden, Invalid


class ScoreValueMissing(Invalid):
    """The scorecard asks for a figure that was not given and has no points for a missing one."""

    code = "diligence.score.value_missing"
    message = "评分卡缺少以下指标：{missing}"


class ReportMissing(Conflict):
    """There is no due-diligence report to go on from."""

    code = "diligence.report.missing"
    message = "项目尚无尽职调查报告，请先完成尽职调查"


class ReportFrozen(Conflict):
    """The report lies before the committee and cannot change any more."""

    code = "diligence.report.frozen"
    message = "评审报告第 {version} 版已提交评审会，不能修改；如需调整请退回后生成新版本"


class SignerNotEntitled(Forbidden):
    """Signed by A and B, who are two people."""

    code = "diligence.report.signer"
    message = "尽调报告须由本项目的 A 角、B 角分别签署，您不能代签"


class ReviewerIsManager(Conflict):
    """The reviewer is none of the managers. Source: domain entities §5."""

    code = "diligence.risk_review.reviewer_is_manager"
    message = "风险审查人不能是本项目的项目经理，请转办给其他风控人员"
