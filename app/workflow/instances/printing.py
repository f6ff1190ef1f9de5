"""A case on paper: what was filled in, opinions with signatures, checks and history, as the pages show them.

The same parts make a page to print from the browser and a PDF. Nothing is added to what the pages show: secret
nodes leave no answers, and pictures of signatures are read as the reader may.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from app.core import clock
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.documents import render_pdf
from app.support.identity import queries as people
from app.workflow.checks import list_results
from app.workflow.checks.models import CheckResult
from app.workflow.instances import timeline
from app.workflow.instances.models import ProcessInstance
from app.workflow.instances.signatures import data_url_of
from app.workflow.instances.timeline import Entry
from app.workflow.instances.words import Words

OPINIONS = frozenset({"submit", "sign", "answer", "return", "hold", "give_back", "take_back", "reclaim"})
"""Acts by which somebody says something about the case."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a form holds, as ``(label, text)`` lines; ``note`` says why there are none, or what they are worth."""

    title: str
    lines: Sequence[tuple[str, str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """All that is printed. ``pictures``: log number → picture of the signature as a data address."""

    title: str
    instance: ProcessInstance
    starter: str
    answers: Sequence[Answers]
    opinions: Sequence[Entry]
    results: Sequence[CheckResult]
    history: Sequence[Entry]
    words: Words
    printed_by: str
    facts: Sequence[tuple[str, str]] = ()
    """Of a task: who handles it, and until when."""
    pictures: dict[int, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """For the template."""
        return {"paper": self, "printed_at": clock.now()}

    def as_pdf(self) -> bytes:
        """The same on A4."""
        return render_pdf(render_template("instances/paper_pdf.html", **self.values))


def case_paper(instance: ProcessInstance, actor: Actor) -> Paper:
    """A case: the last answers of every node, in the order they were given."""
    entries = timeline.entries_of(instance, actor)
    latest = {entry.node_id: entry for entry in entries if entry.answers}
    answers = [Answers(entry.node, entry.answers) for entry in entries if latest.get(entry.node_id) is entry]
    return paper_of(instance, actor, _("业务办理单"), answers, list_results(instance.id), entries)


def paper_of(
    instance: ProcessInstance,
    actor: Actor,
    title: str,
    answers: Sequence[Answers],
    results: Sequence[CheckResult],
    entries: Sequence[Entry],
    facts: Sequence[tuple[str, str]] = (),
) -> Paper:
    """The parts every paper has, around these answers and checks."""
    opinions = list(_opinions(entries))
    return Paper(
        title=title,
        instance=instance,
        starter=people.display_name(instance.started_by),
        answers=answers,
        opinions=opinions,
        results=results,
        history=entries,
        words=Words.of(instance.release_id),
        printed_by=actor.name,
        facts=facts,
        pictures={entry.seq: data_url_of(entry.signature, actor) for entry in opinions if entry.signature},
    )


def _opinions(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.action in OPINIONS and (entry.note or entry.outcome or entry.signature):
            yield entry
