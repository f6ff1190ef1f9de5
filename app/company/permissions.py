"""What may be granted in the company room."""

from app.support.identity.permissions import permission

VIEW = permission("company.first_steps.view", "查看开始使用的步骤")
