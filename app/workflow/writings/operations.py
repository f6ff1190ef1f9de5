"""Fill and keep the documents of a node."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core import clock
from app.core.errors import AppError
from app.core.tenancy import Actor
from app.support import files
from app.support.documents import Picture, render_docx, template_variables
from app.support.files.models import Document
from app.workflow import definitions
from app.workflow.definitions.compiled import CompiledRelease
from app.workflow.instances.access import DOCUMENTS
from app.workflow.instances.models import ProcessInstance
from app.workflow.instances.signatures import Shown, Signed, picture_of, signatures_of
from app.workflow.registry import Writing, WritingContext, registry
from app.workflow.writings.errors import CannotWrite
from app.workflow.writings.queries import find_written, kind_of

PROPERTY = "documents"
SIGNATURES = "signatures"
"""What templates read signatures by: ``{{ signatures.check.picture }}``."""
ReadFacts = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A filled document, not kept yet."""

    writing: Writing
    docx: bytes

    @property
    def file_name(self) -> str:
        """As it is called when kept."""
        return f"{self.writing.name}.docx"


def names_of(properties: Mapping[str, str]) -> list[str]:
    """What the node names, in order."""
    return [name.strip() for name in (properties.get(PROPERTY) or "").split(",") if name.strip()]


def write(
    names: Iterable[str],
    instance: ProcessInstance,
    context: WritingContext,
    facts: ReadFacts,
    signed: Mapping[str, Signed] | None = None,
) -> list[Written]:
    """Fill every document the names stand for; nothing is kept.

    :param facts: the dataset of a name, as of now.
    :param signed: node id → signature that is given just now; those given before are read.
    :raises CannotWrite: a template is missing or asks for what is not there.
    :raises UnknownName: no room has registered the documents.
    """
    release = definitions.compiled(instance.release_id)
    under = {SIGNATURES: _signatures(instance, context.actor, signed or {})}
    written = []
    for writing in _writings(names, instance, context, facts, release):
        try:
            docx = render_docx(release.document(writing.template), {**under, **writing.values})
            written.append(Written(writing, docx))
        except AppError as exc:
            raise CannotWrite(name=writing.name, reason=str(exc)) from exc
    return written


def _signatures(instance: ProcessInstance, actor: Actor, signed: Mapping[str, Signed]) -> dict[str, object]:
    """Node id → ``{name, at, picture}`` of its last signature; the picture of a typed one is the name."""
    found: dict[str, Signed | Shown] = {shown.node_id: shown for shown in signatures_of(instance.id).values()}
    return {node_id: _signature(one, actor) for node_id, one in {**found, **signed}.items()}


def _signature(one: Signed | Shown, actor: Actor) -> dict[str, object]:
    png = picture_of(one, actor)
    at = one.signed_at if isinstance(one, Shown) else clock.now()
    return {"name": one.name, "at": at, "picture": Picture(png) if png else one.name}


def keep(written: Sequence[Written], instance: ProcessInstance, *, actor: Actor) -> list[Document]:
    """Keep filled documents with their case and row; one of the same template and row gets its next version."""
    return [_keep(one, instance, actor) for one in written]


def _keep(one: Written, instance: ProcessInstance, actor: Actor) -> Document:
    writing = one.writing
    former = find_written(writing)
    if former is not None:
        return files.new_version(former, io.BytesIO(one.docx), one.file_name, actor=actor)
    document = files.store_bytes(one.docx, one.file_name, kind_of(writing.template), actor=actor)
    files.link_document(document, writing.entity, writing.record_id)
    files.link_document(document, DOCUMENTS, instance.id)
    return document


def _writings(
    names: Iterable[str],
    instance: ProcessInstance,
    context: WritingContext,
    facts: ReadFacts,
    release: CompiledRelease,
) -> Iterator[Writing]:
    for name in names:
        if "/" in name:
            yield _from_datasets(name, instance, context, facts, release)
        else:
            yield from registry.writing(name).run(context)


def _from_datasets(
    template: str,
    instance: ProcessInstance,
    context: WritingContext,
    facts: ReadFacts,
    release: CompiledRelease,
) -> Writing:
    """A template filled from the datasets it names: no code is needed for it."""
    own: dict[str, object] = {"form": context.form, "data": context.data}
    wanted = template_variables(release.document(template))
    values = {name: own[name] if name in own else facts(name) for name in wanted - {SIGNATURES}}
    title = template.rpartition("/")[2]
    key = instance.business_key or str(instance.id)
    return Writing(template, f"{title} {key}", values, DOCUMENTS, instance.id)
