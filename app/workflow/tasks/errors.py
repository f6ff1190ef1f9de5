"""Refusals of the desk."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class TaskNotFound(NotFound):
    """No such task, or not this tenant's."""

    code = "workflow.tasks.not_found"
    message = "没有找到该任务，可能已被删除，或您无权查看"


class TaskClosed(Conflict):
    """Somebody was faster, or the process went another way."""

    code = "workflow.tasks.closed"
    message = "该任务已办结或已撤销（{how}），无需重复办理；请返回待办列表查看最新任务"


class NotYourTask(Forbidden):
    """The task belongs to somebody else or to another role."""

    code = "workflow.tasks.not_yours"
    message = "该任务由{whose}办理，您不能操作；如需办理请联系对方转办"


class OtherPlace(Forbidden):
    """Four eyes: she has acted on this case for somebody else already."""

    code = "workflow.tasks.other_place"
    message = "您已以“{before}”的身份办理过本业务，不能再以其他身份决定同一业务；请转办给其他同事"


class SignerStoodIn(OtherPlace):
    """The same of somebody asked beside the owner: the task is not hers to pass on."""

    code = "workflow.tasks.signer_stood_in"
    message = "您已以“{before}”的身份办理过本业务，不能再以其他身份发表意见；请联系 {asker} 减签，改请其他同事"


class AlreadyClaimed(Conflict):
    """Claimed by a colleague."""

    code = "workflow.tasks.already_claimed"
    message = "该任务已被 {name} 领取，请刷新待办列表"


class CannotRelease(Conflict):
    """The process named the handler; there is no pool to go back to."""

    code = "workflow.tasks.cannot_release"
    message = "该任务由流程指定您办理，不能退回公共池；如需他人办理请使用“转办”"


class CannotReturn(Conflict):
    """That node cannot be returned to."""

    code = "workflow.tasks.cannot_return"
    message = "不能退回到所选环节：{reason}"


class NowhereToReturn(Invalid):
    """No node was named."""

    code = "workflow.tasks.nowhere_to_return"
    message = "请至少选择一个要退回的环节"


class TooManyReturns(Conflict):
    """Three returns by one node; the head decides. Source: domain processes §0.2."""

    code = "workflow.tasks.too_many_returns"
    message = "本环节已退回 {count} 次，须由上级（{role}）决定是否再次退回，请转办给上级处理"


class CannotTransfer(Conflict):
    """The person cannot take it."""

    code = "workflow.tasks.cannot_transfer"
    message = "不能转办给 {name}：{reason}"


class CannotTakeBack(Conflict):
    """The next handler has begun, or it was not this person's submission."""

    code = "workflow.tasks.cannot_take_back"
    message = "不能撤回：{reason}"


class CannotBatch(Conflict):
    """Nothing, or too much, was chosen."""

    code = "workflow.tasks.cannot_batch"
    message = "不能批量办理：{reason}"


class NotBatched(Conflict):
    """One task of a batch that has to be dealt with by itself."""

    code = "workflow.tasks.not_batched"
    message = "{reason}；请打开该任务单独办理"


class NotDecided(Conflict):
    """Checks refuse what would have been decided when the time was over."""

    code = "workflow.tasks.not_decided"
    message = "校验未通过：{reason}"


class OthersFirst(Conflict):
    """Somebody asked to act before the owner has not answered."""

    code = "workflow.tasks.others_first"
    message = "{names} 尚未办理，办理完毕后您才能提交；可以催办，或在“会办人”中撤销"


class AlreadySubmitted(Conflict):
    """Submitted already; added signers have still to sign."""

    code = "workflow.tasks.already_submitted"
    message = "该任务已提交，正在等待 {names} 加签；如需修改请先撤回"


class NotAsked(Forbidden):
    """Nobody asked this person to sign, or it is not her turn."""

    code = "workflow.tasks.not_asked"
    message = "该任务目前不需要您办理，可能您已办理、加签已撤销，或办理人尚未提交；请返回待办列表查看"


class CannotAsk(Conflict):
    """That person cannot be asked to act beside the owner."""

    code = "workflow.tasks.cannot_ask"
    message = "不能{what} {name}：{reason}"


class AskNotOffered(CannotAsk):
    """The node offers no delegation, or no added signers."""

    code = "workflow.tasks.ask_not_offered"
    message = "本环节不允许{what}；如需他人意见，可以留言或抄送"


class CannotChangeSigners(Conflict):
    """Signers of a countersigned node cannot be added or taken off."""

    code = "workflow.tasks.cannot_change_signers"
    message = "不能增减会签人：{reason}"


class SentBack(Conflict):
    """A signer sent the case back; what is corrected is signed anew by all."""

    code = "workflow.tasks.sent_back"
    message = "{name} 已将本业务退回更正，更正后由全体重新签署；请等待更正完成"


class NobodyAsked(Invalid):
    """No person was named."""

    code = "workflow.tasks.nobody_named"
    message = "请选择至少一位同事"


class CannotRemove(Conflict):
    """The added signer cannot be taken off."""

    code = "workflow.tasks.cannot_remove"
    message = "不能撤销：{reason}"


class HasCoHandlers(Conflict):
    """A task others are asked on has an owner and stays hers."""

    code = "workflow.tasks.has_co_handlers"
    message = "{names} 正在会办该任务，不能退回公共池；请等待办理完毕，或先撤销委派或加签"


class CannotUrge(Conflict):
    """Too soon, or nobody to urge."""

    code = "workflow.tasks.cannot_urge"
    message = "不能催办：{reason}"


class CannotMention(Conflict):
    """A word on a case is only for those who may see it."""

    code = "workflow.tasks.cannot_mention"
    message = "{name} 无权查看该业务，请先将业务抄送给对方，再在留言中提到对方"


class CannotChoose(Conflict):
    """The node does not let its handler choose who handles that node."""

    code = "workflow.tasks.cannot_choose"
    message = "本环节不能指定该环节的办理人，请刷新页面后重新提交"


class KeptApart(Conflict):
    """The case bars this person from the task: an interest in it, or what she did on it before."""

    code = "workflow.tasks.kept_apart"
    message = "{name} 不能办理“{node}”：{reason}；请由他人办理"


class NotOnCase(Forbidden):
    """Looks on, but takes no part."""

    code = "workflow.tasks.not_on_case"
    message = "只有该业务的发起人、办理人和会办人可以这样做；如确有需要请联系办理人"


class CannotReclaim(Conflict):
    """What follows has been acted on."""

    code = "workflow.tasks.cannot_reclaim"
    message = "不能拿回：{reason}"


class JumpNotFound(NotFound):
    """No such request in this tenant."""

    code = "workflow.tasks.jump_not_found"
    message = "没有找到该跳转申请"


class CannotJump(Conflict):
    """Nothing to move, or it waits already."""

    code = "workflow.tasks.cannot_jump"
    message = "不能跳转：{reason}"


class JumpMakerConfirms(Forbidden):
    """Four eyes: who asked does not confirm."""

    code = "workflow.tasks.jump_maker_confirms"
    message = "申请人不能确认自己的跳转申请，请由另一位管理员确认"


class ReasonTooShort(Invalid):
    """A reason of at least ten characters is asked for. Source: domain processes §0.1."""

    code = "workflow.tasks.reason_too_short"


class SignatureMissing(Invalid):
    """The node asks for a signature."""

    code = "workflow.tasks.signature_missing"


class DraftTooLarge(Invalid):
    """More than any form holds."""

    code = "workflow.tasks.draft_too_large"
    message = "填写的内容过多，草稿没有保存；请删减文字，或改为上传附件"


class BadSubmission(Invalid):
    """Not what the form page sends."""

    code = "workflow.tasks.bad_submission"
    message = "提交的内容格式有误，请刷新页面后重新填写"


class ViewNotFound(NotFound):
    """No saved view of hers."""

    code = "workflow.views.not_found"
    message = "没有找到该筛选方案，可能已被删除"


class ViewUnnamed(Invalid):
    """A saved view needs a name."""

    code = "workflow.views.unnamed"
    message = "请给筛选方案起一个名称（不超过 {most} 个字）"


class TooManyViews(Conflict):
    """More saved views than a menu can show."""

    code = "workflow.views.too_many"
    message = "每个列表最多保存 {most} 个筛选方案，请先删除不用的"


class TooManyRows(Invalid):
    """More rows than one workbook is made of."""

    code = "workflow.tasks.too_many_rows"
    message = "符合条件的超过 {most} 条，请先缩小筛选范围再导出"
