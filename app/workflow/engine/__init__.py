"""The engine room: process files in, running processes out. The only speaker of SpiffWorkflow.

Not here: who may do what, forms, storage, clocks, queues — the caller gives ``Services`` and stores bytes.
Words: model (a parsed process, shared), run (one running process), task (one visit of a node), wait (something
that must come from outside), scope (a process, called process or sub-process), return (``reset_to``).
"""

import logging

from app.workflow.engine.documents import MOST_BYTES, check_schema, read_document
from app.workflow.engine.errors import (
    BpmnError,
    ErrorThrown,
    NotJumpable,
    NotMovable,
    NotResettable,
    NotSigning,
    NotWaiting,
    StepFailed,
    TooFewSigners,
    UnknownProcess,
    UnknownValue,
    UnreadableState,
)
from app.workflow.engine.model import ProcessModel, StartPoint
from app.workflow.engine.moving import Issue, NodeMapping, Shape, judge, move, shape_of, tokens_of
from app.workflow.engine.parser import find_faults, parse_processes
from app.workflow.engine.protocol import (
    Deed,
    NodeMark,
    Reason,
    Round,
    Services,
    Standing,
    TaskView,
    Thrown,
    Visit,
    Wait,
)
from app.workflow.engine.refusals import refused
from app.workflow.engine.run import Run, load, start
from app.workflow.engine.specs.timers import BadTimer, Turn
from app.workflow.engine.starting import StartTimer, start_timers

# The library builds a log record at every state change of a task unless its loggers are told to be quiet.
for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
    logging.getLogger(_name).setLevel(logging.WARNING)

__all__ = [
    "MOST_BYTES",
    "BadTimer",
    "BpmnError",
    "Deed",
    "ErrorThrown",
    "Issue",
    "NodeMapping",
    "NodeMark",
    "NotJumpable",
    "NotMovable",
    "NotResettable",
    "NotSigning",
    "NotWaiting",
    "ProcessModel",
    "Reason",
    "Round",
    "Run",
    "Services",
    "Shape",
    "Standing",
    "StartPoint",
    "StartTimer",
    "StepFailed",
    "TaskView",
    "Thrown",
    "TooFewSigners",
    "Turn",
    "UnknownProcess",
    "UnknownValue",
    "UnreadableState",
    "Visit",
    "Wait",
    "check_schema",
    "find_faults",
    "judge",
    "load",
    "move",
    "parse_processes",
    "read_document",
    "refused",
    "shape_of",
    "start",
    "start_timers",
    "tokens_of",
]
