"""The names analysts may use: steps, datasets, choices, checks written in code, panels, documents.

A BPMN, DMN or form file names one of these; code never imports a process. Rooms register at import;
the studio and the lint list what is here with its label and parameters. Not for: running anything.
"""

from app.workflow.registry.names import (
    AskedDecision,
    CheckContext,
    Choice,
    ChoiceContext,
    Panel,
    PanelContext,
    RecordContext,
    Registry,
    Step,
    StepContext,
    Writing,
    WritingContext,
    asked_decision,
    choices,
    dataset,
    fact_check,
    panel,
    record_panel,
    registry,
    step,
    writings,
)

__all__ = [
    "AskedDecision",
    "CheckContext",
    "Choice",
    "ChoiceContext",
    "Panel",
    "PanelContext",
    "RecordContext",
    "Registry",
    "Step",
    "StepContext",
    "Writing",
    "WritingContext",
    "asked_decision",
    "choices",
    "dataset",
    "fact_check",
    "panel",
    "record_panel",
    "registry",
    "step",
    "writings",
]
