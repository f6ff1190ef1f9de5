"""Refusals of the committee room."""

from app.core.errors import Conflict, Forbidden, Invalid


class CommitteeExists(Conflict):
    """One code, one committee."""

    code = "committee.committee.exists"
    field = "code"
    message = "编号 {committee} 已被使用，请换一个"


class MemberAlready(Conflict):
    """Who sits on a committee is not appointed to it again."""

    code = "committee.member.already"
    field = "user_id"
    message = "此人已在委员名单中，任期尚未结束"


class VoterNotEntitled(Conflict):
    """Only panel members who are not recused, and on site have signed in, may vote."""

    code = "committee.vote.not_entitled"
    message = "该委员不能对本议题表决：不在评审小组内、已回避，或现场会议未签到"


class VotedTwice(Conflict):
    """Each member has one vote."""

    code = "committee.vote.twice"
    message = "该委员对本议题已经表决，每人一票"


class VetoNotPossible(Conflict):
    """The chair's veto stands only against a passed item."""

    code = "committee.veto.not_possible"
    message = "只有表决通过（含有条件通过）的议题可以行使一票否决"


class ResolvedAlready(Conflict):
    """A resolution stands on the result; a veto comes before it or not at all."""

    code = "committee.veto.resolved_already"
    message = "已依据本次表决结果拟定批复，不能再行使一票否决；请改在批复签发环节不予签发"


class VetoNotProvided(Conflict):
    """The counting rule of the item gives the chair no veto."""

    code = "committee.veto.not_provided"
    message = "本议题适用的计票规则没有一票否决权；不同意的，请在批复签发环节不予签发"


class CountingTermsWrong(Invalid):
    """A row of the counting table says what cannot be counted by."""

    code = "committee.counting.terms_wrong"
    message = "计票规则表的这一行填写有误，请联系流程设计师改正后再试"


class CountingIsFixed(Conflict):
    """By which rule an item is counted is settled before its vote."""

    code = "committee.counting.fixed"
    message = "该议题已开始表决或已有结果，计票规则不能再变"


class NothingToRehear(Conflict):
    """No refused or vetoed item stands behind the reconsideration."""

    code = "committee.rehearing.nothing"
    message = "项目没有未通过或被否决的评审议题，无需安排再次审议"


class RehearingDue(Conflict):
    """Only a vetoed item needs the chair's consent. Source: domain processes §8.2, 9."""

    code = "committee.rehearing.due"
    message = "项目没有被一票否决，复议受理后应当再次审议，请安排最迟上会日期"


class RehearingDay(Invalid):
    """A rehearing has a day, not in the past."""

    code = "committee.rehearing.day"
    message = "请填写最迟上会日期，不早于今天"


class VoteHasBegun(Conflict):
    """Who attends is settled when the vote begins; the item cannot leave its meeting any more."""

    code = "committee.vote.has_begun"
    message = "该议题已开始表决或已有结果，不能重新签到或改期；请等待计票"


class RecusalStands(Conflict):
    """A recusal is not taken back."""

    code = "committee.recusal.stands"
    message = "回避一经申报或认定即生效，不能撤销；如认定有误，请联系评审会秘书重新安排上会"


class ItemClosed(Conflict):
    """The vote on the item is over."""

    code = "committee.item.closed"
    message = "该议题表决已结束，不能再投票或修改；请查看表决结果"


class MeetingNotBegun(Conflict):
    """Members neither sign in nor vote before the meeting."""

    code = "committee.meeting.not_begun"
    message = (
        "会议 {meeting_no} 定于 {planned} 召开，{begins} 起才能签到和表决；"
        "需要提前召开的，请先由评审会秘书调整会议时间"
    )


class VoteNotBegun(Conflict):
    """The meeting has not been opened: nobody has seen whether there is a quorum."""

    code = "committee.vote.not_begun"
    message = "会议尚未签到开始，还不能投票；请等评审会秘书完成会议签到"


class MeetingHasBegun(Conflict):
    """Time and place of a meeting are fixed once it has begun."""

    code = "committee.meeting.has_begun"
    message = "会议 {meeting_no} 已开始或已结束，不能再调整时间和地点"


class NotOnPanel(Forbidden):
    """Only the panel of the item may do this."""

    code = "committee.panel.not_member"
    message = "您不是该议题的评审委员，不能操作；如有疑问请联系评审会秘书"


class RecusedMember(Forbidden):
    """A recused member neither votes nor sees the item's ballots."""

    code = "committee.panel.recused"
    message = "您已回避该议题，不能参与表决"


class AlreadyOnAgenda(Conflict):
    """One open agenda item per project."""

    code = "committee.agenda.already_open"
    message = "项目 {project_no} 已有未结束的评审议题，不能重复上会"


class ReportNotFinal(Conflict):
    """The report must be finished and the risk review present."""

    code = "committee.agenda.report_not_final"
    message = "评审报告尚未定稿或缺少风险审查意见，不能安排上会；请先完成前序环节"


class MeetingNotJoinable(Conflict):
    """The chosen meeting is over or full."""

    code = "committee.meeting.not_joinable"
    message = "会议 {meeting_no} 已开始或已结束，请选择其他会议或新建会议"


class PoolTooSmall(Conflict):
    """Not enough members without a conflict of interest."""

    code = "committee.panel.pool_too_small"
    message = "可参加评审的委员只有 {available} 人，不足 {needed} 人；请在委员名单中补充委员"


class NoQuorum(Conflict):
    """Too few sign in; the meeting cannot vote."""

    code = "committee.meeting.no_quorum"
    message = "到会 {attending} 人，未达到法定人数 {needed} 人，请改期"


class ResolutionExceedsVote(Conflict):
    """The resolution may not grant more than was voted on."""

    code = "committee.resolution.exceeds_applied"
    message = "批复金额 {amount_fen:yuan} 元超过申请金额 {applied_fen:yuan} 元"


class ResolutionInForce(Conflict):
    """A signed resolution is never drafted anew."""

    code = "committee.resolution.in_force"
    message = "项目已有签发的批复 {resolution_no}，不能重新拟稿；需要变更的，请先办理批复失效或重新上会"


class ConditionIsClosed(Conflict):
    """What has been verified is not reported or judged again."""

    code = "committee.condition.closed"
    message = "该条件已核实或已豁免，无需再次办理；请刷新页面查看"


class ConditionNotInForce(Conflict):
    """Only conditions of a signed resolution are followed up."""

    code = "committee.condition.not_in_force"
    message = "批复尚未签发或已失效，不能办理条件落实"


class ConditionNotMet(Conflict):
    """Nothing has been reported that could be sent back."""

    code = "committee.condition.not_met"
    message = "该条件尚未报送落实情况，不能退回"


class NotHersToWaive(Forbidden):
    """What the committee asked for is waived by its chair alone."""

    code = "committee.condition.not_hers_to_waive"
    message = "评审会附加的条件只能由主任委员豁免，请联系主任委员"


class OwnVerification(Conflict):
    """Who reports a condition as fulfilled does not verify it. Source: domain entities §16.12."""

    code = "committee.condition.own_verification"
    message = "报送落实情况的人和项目经办人不能自己核实、豁免，请由风控、法务人员核实或有权人豁免"


class MakerIsChecker(Conflict):
    """Who drafts does not sign. Source: domain entities §16.12."""

    code = "committee.resolution.maker_is_checker"
    message = "批复拟稿人不能同时签发，请由其他有权审批人签发"


class NothingDecided(Conflict):
    """No passed item and no delegated approval stands behind a resolution."""

    code = "committee.resolution.nothing_decided"
    message = "项目尚无通过的评审结果或授权审批，不能出具批复"


class ResolutionNotIssued(Conflict):
    """A draft or a refused resolution is no paper to hand out."""

    code = "committee.resolution.not_issued"
    message = "批复尚未签发，不能打印；签发后再打印"


class EvidenceMissing(Invalid):
    """A report or a refusal of it says nothing."""

    code = "committee.condition.words_missing"
    message = "请填写说明后再提交"


class WordsMissing(Invalid):
    """A question or an answer is empty or too long."""

    code = "committee.question.words"
    message = "请填写内容，并控制在规定字数以内"


class QuestionsClosed(Conflict):
    """The item is decided; what was asked stays as it is."""

    code = "committee.question.closed"
    message = "该议题表决已结束，不能再提问或答复"


class OrderIncomplete(Conflict):
    """Somebody added or took away an item meanwhile."""

    code = "committee.agenda.order_incomplete"
    message = "会议议题已有变化，请刷新页面后重新排序"


class SignInNotNeeded(Conflict):
    """Only on site do members sign in."""

    code = "committee.meeting.sign_in_not_needed"
    message = "线上和书面会议无需签到，请直接投票"


class MinutesNotReady(Conflict):
    """There is nothing to sign, or not all of it."""

    code = "committee.minutes.not_ready"
    message = "会议纪要尚未形成或还有议题没有结束，不能签署；请等评审会秘书完成纪要"


class ReasonMissing(Invalid):
    """Who stands aside says why."""

    code = "committee.recusal.reason_missing"
    message = "请说明回避的原因"
