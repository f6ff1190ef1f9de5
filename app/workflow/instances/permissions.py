"""What may be granted."""

from app.support.identity.permissions import permission

permission("workflow.instances.start", "发起流程")
permission("workflow.instances.view", "查看全部流程的办理情况")
permission("workflow.instances.manage", "管理流程实例：处理异常、终止流程")
permission("workflow.scenarios.export", "把流程实例导出为脱敏场景")
