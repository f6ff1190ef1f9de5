"""What may be granted."""

from app.support.identity.permissions import permission

SHARE_VIEWS = "workflow.views.share"

permission(SHARE_VIEWS, "把待办列表的筛选方案共享给角色")
