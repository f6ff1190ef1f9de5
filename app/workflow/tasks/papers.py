"""Papers handed in with a form: only one's own or the case's, and from then on they belong to the case."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import files
from app.support.files.models import Document
from app.workflow.instances.access import DOCUMENTS
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import formwork


def named_in(task: UserTask, instance: ProcessInstance, values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """(dotted path, document id) of every document a form's values name; what is no id is passed over."""
    form = formwork.form_of(task, instance)
    for path in sorted(form.file_paths) if form else ():
        yield from _ids_at(values, path.split("."), "")


def _ids_at(value: Any, names: list[str], place: str) -> Iterator[tuple[str, int]]:
    if not names:
        for one in value if isinstance(value, list) else []:
            if str(one).isascii() and str(one).isdigit():
                yield place, int(one)
    elif isinstance(value, list):
        for number, row in enumerate(value):
            yield from _ids_at(row, names, f"{place}.{number}")
    elif isinstance(value, Mapping):
        yield from _ids_at(value.get(names[0]), names[1:], f"{place}.{names[0]}".lstrip("."))


def require_own(task: UserTask, instance: ProcessInstance, values: Mapping[str, Any], actor: Actor) -> None:
    """Every document named must be one this person may open. :raises Invalid: pointing at the fields."""
    message = _("附件不存在，或您无权使用；请重新上传")
    named = list(named_in(task, instance, values))
    found = _find(named, actor)
    missing = [
        Finding("workflow.tasks.document_missing", message, field=place)
        for place, document_id in named
        if document_id not in found
    ]
    if missing:
        raise Invalid(missing)


def bind(task: UserTask, instance: ProcessInstance, values: Mapping[str, Any], actor: Actor) -> None:
    """Let the papers belong to the case, so that colleagues can open them; not those of secret ballots."""
    if task.properties.get("secret") == "true":
        return
    for document in _find(named_in(task, instance, values), actor).values():
        files.link_document(document, DOCUMENTS, instance.id)


def shown(
    task: UserTask, instance: ProcessInstance, values: Mapping[str, Any], actor: Actor
) -> dict[str, dict[str, Any]]:
    """Name and size of the documents in a form's values, by id, as the upload field wants them."""
    found = _find(named_in(task, instance, values), actor)
    return {str(key): {"name": document.name, "size": document.size} for key, document in found.items()}


def _find(named: Iterable[tuple[str, int]], actor: Actor) -> dict[int, Document]:
    wanted = [document_id for _place, document_id in named]
    return files.find_documents(wanted, actor=actor) if wanted else {}
