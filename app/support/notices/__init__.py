"""Notices: telling people – the in-box of the product, and short messages to mobiles.

Not for: tasks (a task is work, a notice only tells), audit. Words owned: notice, in-box, SMS message, sender.
"""

from app.support.notices.operations import send_inbox, send_sms
from app.support.notices.queries import unread_count
from app.support.notices.templates_of_sms import sms_template

__all__ = ["send_inbox", "send_sms", "sms_template", "unread_count"]
