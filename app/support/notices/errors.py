"""Refusals of the notices room."""

from app.core.errors import Invalid, NotFound, Unavailable


class NoticeMissing(NotFound):
    """No such notice, or somebody else's."""

    code = "notices.notice.missing"
    message = "没有找到这条通知，可能已被清理"


class SmsRefused(Invalid):
    """The text may not go out as it is."""

    code = "notices.sms.refused"
    message = "短信内容不能包含完整的证件号码，请修改后再发送"


class SenderUnavailable(Unavailable):
    """No way out for short messages."""

    code = "notices.sms.unavailable"
    message = "短信通道“{sender}”没有配置或暂时不可用，短信会稍后自动重发"
