"""What may be granted in the products room."""

from app.support.identity.permissions import permission

VIEW = permission("products.product.view", "查看产品、风险分担方案与业务参数")
MANAGE = permission("products.product.manage", "新建、停售担保产品")
