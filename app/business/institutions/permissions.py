"""What may be granted in the institutions room."""

from app.support.identity.permissions import permission

VIEW = permission("institutions.institution.view", "查看合作机构")
