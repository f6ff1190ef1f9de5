"""Who may see a document. Rooms decide for the things they own::

@watches("project")
def may_see_project(actor: Actor, entity_id: int) -> bool: ...
"""

from collections.abc import Callable

from app.core.tenancy import Actor
from app.support.files.models import Confidentiality, Document, DocumentLink

Watcher = Callable[[Actor, int], bool]

VIEW_ALL = "files.document.view"

_watchers: dict[str, Watcher] = {}


def watches(entity: str) -> Callable[[Watcher], Watcher]:
    """Register the room's word on documents linked to ``entity``."""

    def register(watcher: Watcher) -> Watcher:
        _watchers[entity] = watcher
        return watcher

    return register


def may_see(actor: Actor, document: Document) -> bool:
    """Whether the actor may open the document: its uploader, whom a linked room admits, or a general reader.

    The general permission reaches neither confidential papers nor those whose every link is watched by a room.
    """
    if document.tenant_id != actor.tenant_id:
        return False
    if is_own(actor, document):
        return True
    watched = [link for link in document.links if link.entity in _watchers]
    if any(_admits(link, actor) for link in watched):
        return True
    is_open = document.confidentiality is Confidentiality.INTERNAL and len(watched) == 0
    return is_open and actor.may(VIEW_ALL)


def is_own(actor: Actor, document: Document) -> bool:
    """Whether it is the actor's whatever it belongs to: she uploaded it, or the system acts."""
    return actor.is_system or document.created_by == actor.user_id


def _admits(link: DocumentLink, actor: Actor) -> bool:
    return _watchers[link.entity](actor, link.entity_id)
