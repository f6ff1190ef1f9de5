"""How pressing a task is, from the working hours it has left."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from app.core.i18n import _
from app.support.web.statuses import Tone

URGENT_HOURS = Decimal(4)
SOON_HOURS = Decimal(8)


@dataclass(frozen=True, slots=True)
class Urgency:
    """Tone and words of the pill; ``level`` is one of OVERDUE, URGENT, SOON, NORMAL, NONE."""

    level: str
    tone: Tone
    text: str
    icon: str


def urgency_of(hours_left: Decimal | float | None) -> Urgency:
    """The pill of a task with so many working hours left; negative = overdue, None = no time limit."""
    if hours_left is None:
        return Urgency("NONE", "neutral", _("不限时"), "clock")
    left = Decimal(str(hours_left))
    if left < 0:
        return Urgency("OVERDUE", "danger", _("超时 %(n)s", n=_duration(-left)), "exclamation-circle-fill")
    text = _("剩 %(n)s", n=_duration(left))
    if left <= URGENT_HOURS:
        return Urgency("URGENT", "danger", text, "stopwatch")
    if left <= SOON_HOURS:
        return Urgency("SOON", "warning", text, "stopwatch")
    return Urgency("NORMAL", "neutral", text, "clock")


def _duration(hours: Decimal) -> str:
    """Working hours as text; eight of them are a working day."""
    if hours < 1:
        return _("%(n)s 分钟", n=int(hours * 60))
    if hours < 16:
        return _("%(n)s 工时", n=f"{hours.quantize(Decimal('0.1'), ROUND_DOWN).normalize():f}")
    return _("%(n)s 工作日", n=f"{(hours / 8).quantize(Decimal('0.1'), ROUND_DOWN).normalize():f}")
