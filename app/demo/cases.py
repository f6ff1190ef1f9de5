"""A few guarantees in different stages, brought there through the real doors by the real people."""

from collections.abc import Callable

from sqlalchemy import func, select

from app.business.projects.models import Project
from app.company.operations import TENANT_ID
from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.demo.server import running
from app.demo.walk import STAGES, Walker

Say = Callable[[str], object]


def seed(say: Say) -> None:
    """Bring one case to each stage; where cases are already, nothing is added."""
    with acting_as(system_actor(TENANT_ID)):
        known = db.session.scalar(select(func.count()).select_from(Project)) or 0
        db.session.remove()
    if known:
        say(f"  演示案例已有 {known} 笔")
        return
    with running() as url:
        walkers = [
            Walker(url, stage.name, today=clock.today(), say=lambda _text: None, stage=stage) for stage in STAGES
        ]
        for stage, walker in zip(STAGES, walkers, strict=True):
            walker.share_people(walkers[0])
            walker.run()
            say(f"  演示案例：{stage.label}")
