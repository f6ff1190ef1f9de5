"""What one may do with jobs."""

from app.support.identity.permissions import permission

permission("support.jobs.view", "查看后台任务")
permission("support.jobs.manage", "重试、取消后台任务")
