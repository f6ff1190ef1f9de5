"""What stands for the codes of a release on screen: names of nodes, of messages and of checks."""

from collections.abc import Iterator
from functools import lru_cache

from app.workflow import definitions
from app.workflow.checks.running import PYTHON
from app.workflow.definitions import CompiledRelease
from app.workflow.engine.documents import NAMESPACES, read_document
from app.workflow.registry import registry


class Words:
    """Names as one release's analysts wrote them; a code nobody named has no words."""

    def __init__(self, release: CompiledRelease) -> None:
        self._release = release

    @classmethod
    def of(cls, release_id: int) -> "Words":
        """The words of a stored release. :raises UnknownRelease:"""
        return cls(definitions.compiled(release_id))

    def node(self, node_id: str | None) -> str:
        """``risk_review`` → 风险审查; the id when it was not named."""
        named = (_names_in(content).get(node_id or "") for content in self._files())
        return next((name for name in named if name), node_id or "")

    def message(self, name: str) -> str:
        """``customer.withdraw`` → 收到撤回申请, as the event that waits for it is called; empty when none does."""
        named = (_messages_in(content).get(name) for content in self._files())
        return next((words for words in named if words), "")

    def check(self, name: str) -> str:
        """``common/x4_fee`` → 费率校验（X4）, ``py:room.name`` and steps by their label; empty when unknown."""
        if name in self._release.checks:
            return self._release.checks[name].decision.name
        found = registry.checks.get(name.removeprefix(PYTHON)) or registry.steps.get(name)
        return found.label if found else ""

    def _files(self) -> Iterator[bytes]:
        files = dict.fromkeys(model.file_name for model in self._release.processes.values())
        return (self._release.bundle.files[name] for name in files)


def message_words(name: str) -> str:
    """What the active release calls a message; empty when it knows none of that name."""
    active = definitions.queries.find_active()
    return Words.of(active).message(name) if active else ""


@lru_cache(maxsize=64)
def _names_in(content: bytes) -> dict[str, str]:
    """Node id → Chinese name in a process file, which the release had checked before it was stored."""
    root = read_document("", content)
    return {node.get("id"): node.get("name") for node in root.iter() if node.get("id") and node.get("name")}


@lru_cache(maxsize=64)
def _messages_in(content: bytes) -> dict[str, str]:
    """Message name → name of the node that catches it."""
    root = read_document("", content)
    by_id = {message.get("id"): message.get("name") for message in root.iterfind("bpmn:message", NAMESPACES)}
    found: dict[str, str] = {}
    for bound in root.iterfind(".//*[@messageRef]"):
        node = bound if bound.get("name") else bound.getparent()
        name = by_id.get(bound.get("messageRef"))
        if name and node.get("name"):
            found.setdefault(name, node.get("name"))
    return found
