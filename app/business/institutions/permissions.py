"""What may be granted in the institutions room."""

from app.support.identity.permissions import permission

VIEW = permission("institutions.institution.view", "查看合作机构")
MANAGE = permission("institutions.institution.manage", "登记合作机构、办理准入、登记净资产")
