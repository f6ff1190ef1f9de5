"""The approval record 审批表 of a case as a PDF: every step with handler, time, outcome and opinion."""

from flask import render_template

from app.core import clock
from app.core.tenancy import Actor
from app.support.documents import render_pdf
from app.support.identity import queries as people
from app.workflow.instances import queries, timeline
from app.workflow.instances.models import ProcessInstance
from app.workflow.instances.signatures import data_url_of


def approval_record(instance: ProcessInstance, actor: Actor) -> bytes:
    """The record as of now. Secret ballots leave neither outcome nor opinion in the log, so none is printed."""
    entries = [entry for entry in timeline.entries_of(instance, actor) if entry.action not in timeline.QUIET]
    waiting = queries.open_tasks(instance.id)
    page = render_template(
        "instances/approval.html",
        instance=instance,
        starter=people.display_name(instance.started_by),
        entries=entries,
        signed={entry.seq: data_url_of(entry.signature, actor) for entry in entries if entry.signature},
        waiting=waiting,
        handlers=queries.handlers_of(waiting),
        printed_at=clock.now(),
        printed_by=actor.name,
    )
    return render_pdf(page)
