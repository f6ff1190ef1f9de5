"""The resolution 批复 as a paper."""

from flask import render_template

from app.business.committee.errors import ResolutionNotIssued
from app.business.committee.models import Resolution, ResolutionStatus
from app.business.products import queries as products
from app.core import clock
from app.core.tenancy import Actor
from app.support.documents import render_pdf
from app.support.identity import queries as people

PRINTABLE = frozenset({ResolutionStatus.ISSUED, ResolutionStatus.EXPIRED})


def resolution_paper(resolution: Resolution, actor: Actor) -> bytes:
    """The resolution as a PDF. :raises ResolutionNotIssued: nobody has signed it."""
    if resolution.status not in PRINTABLE:
        raise ResolutionNotIssued
    page = render_template(
        "committee/paper.html",
        resolution=resolution,
        project=resolution.project,
        scheme=products.get_scheme(resolution.risk_share_scheme_id),
        signer=people.display_name(resolution.issued_by),
        printed_at=clock.now(),
        printed_by=actor.name,
    )
    return render_pdf(page)
