"""What may be granted."""

from app.support.identity.permissions import permission

permission("workflow.definitions.view", "查看流程发布包")
permission("workflow.definitions.deploy", "从文件夹部署流程发布包")
permission("workflow.definitions.activate", "启用流程发布包")
permission("workflow.definitions.approve", "复核流程发布包")
permission("workflow.definitions.retire", "停用流程发布包")
permission("workflow.release_policy.set", "设置流程发布是否须复核")
