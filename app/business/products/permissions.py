"""What may be granted in the products room."""

from app.support.identity.permissions import permission

VIEW = permission("products.product.view", "查看产品、风险分担方案与业务参数")
