"""What may be granted."""

from app.support.identity.permissions import permission

permission("support.audit.view", "查看审计记录并校验完整性")
