"""Companies on the platform; opened by the operator only (commands, seed), in a platform scope."""

from app.core.db import db
from app.core.tenancy import system_actor
from app.support import audit
from app.support.identity.models import Tenant


def open_tenant(code: str, name: str, *, tenant_id: int | None = None) -> Tenant:
    """Open the books of a company. ``tenant_id`` fixes its number (the platform's owner is 1)."""
    tenant = Tenant(id=tenant_id, code=code, name=name)
    db.session.add(tenant)
    db.session.flush()
    audit.record(system_actor(tenant.id), "identity.tenant.opened", tenant, name=name)
    return tenant


def close_tenant(tenant: Tenant) -> None:
    """Nobody of this company can sign in or go on working from now on."""
    tenant.active = False
    audit.record(system_actor(tenant.id), "identity.tenant.closed", tenant)
