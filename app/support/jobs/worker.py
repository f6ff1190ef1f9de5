"""The worker: RQ's SimpleWorker in a process that has the program loaded already."""

import logging

from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from app.support.jobs.bell import bell
from app.support.jobs.runner import perform

_app: list[Flask] = []


def work(app: Flask, *, burst: bool = False) -> None:
    """Answer bells until stopped (SIGTERM and SIGINT let the present job end), or until none is left."""
    _app[:] = [app]
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    with app.app_context():
        queue, connection = bell().queue, bell().redis
    worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer, log_job_description=False)
    worker.work(burst=burst, logging_level="WARNING")


def answer(job_id: int, fence: int) -> None:
    """What RQ calls. Never fails in RQ's eyes: a broken try is a matter of the job table."""
    app = _app[0]
    try:
        perform(app, job_id, fence)
    except Exception:
        app.logger.exception("job %s could not be noted; its lease runs out", job_id)
