"""What may be granted."""

from app.support.identity.permissions import permission

permission("workflow.migration.view", "查看流程迁移")
permission("workflow.migration.run", "迁移办理中的流程到另一发布包")
