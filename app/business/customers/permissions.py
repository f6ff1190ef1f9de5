"""What may be granted in the customers room."""

from app.support.identity.permissions import permission

VIEW = permission("customers.customer.view", "查看客户")
EDIT = permission("customers.customer.edit", "新建、修改客户")
REVEAL = permission("customers.customer.reveal", "查看客户证件号码、手机号等完整个人信息（逐次留痕）")
EXPORT = permission("customers.customer.export", "导出客户列表")
GROUP_EDIT = permission("customers.group.edit", "新建、修改关联集团及其成员")
LIST_ASK = permission("customers.black_list.ask", "申请列入、移出黑灰名单")
LIST_DECIDE = permission("customers.black_list.decide", "复核黑灰名单变更（移出黑名单须为风控部门负责人）")
"""Who asks and who decides are never the same person; see ``operations.listing``."""
