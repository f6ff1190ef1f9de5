"""Does the trail still say what was written? Every record, every link, the head, and the anchor outside."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.i18n import _
from app.support.audit import anchors, queries
from app.support.audit.anchors import Anchor
from app.support.audit.models import AuditHead
from app.support.audit.rules import GENESIS, head_seal, record_hash

MOST_FLAWS = 100


class FlawKind(StrEnum):
    """What is wrong."""

    CONTENT = "CONTENT"
    LINK = "LINK"
    MISSING = "MISSING"
    UNREADABLE = "UNREADABLE"
    TAIL = "TAIL"
    BEYOND_HEAD = "BEYOND_HEAD"
    HEAD = "HEAD"
    ANCHOR = "ANCHOR"


_WORDS = {
    FlawKind.CONTENT: "记录内容与校验值不符，内容或校验值被改动",
    FlawKind.LINK: "与前一条记录的链接不符，前后记录被调换、插入或替换",
    FlawKind.MISSING: "该记录缺失，已被删除或移走",
    FlawKind.UNREADABLE: "记录内容无法读取，已被改动",
    FlawKind.TAIL: "末尾记录缺失，该记录及其之前的若干记录已被截去",
    FlawKind.BEYOND_HEAD: "该记录超出链尾，系事后插入",
    FlawKind.HEAD: "链尾登记缺失或被改动",
    FlawKind.ANCHOR: "与库外留存的链尾不一致，记录曾被整体替换",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong, with the record it shows at; ``tag`` and ``at`` are unknown for what is missing."""

    tenant_id: int
    kind: FlawKind
    seq: int | str
    tag: str | None = None
    at: datetime | None = None

    @property
    def message(self) -> str:
        """Chinese words for people."""
        return _(_WORDS[self.kind])


@dataclass(slots=True)
class Verification:
    """What was found: how many records were read, and every flaw (at most ``MOST_FLAWS`` per chain)."""

    records: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.flaws


def verify_all() -> Verification:
    """All chains; in a platform scope all tenants', else the actor's."""
    whole = Verification()
    for tenant_id in queries.list_tenants():
        part = verify(tenant_id)
        whole.records += part.records
        whole.flaws += part.flaws
    return whole


def verify(tenant_id: int) -> Verification:
    """One tenant's chain against its head and its anchor."""
    head = queries.find_head(tenant_id)
    check = _Check(tenant_id, anchor=_anchor_of(head))
    found = Verification(flaws=[])
    for flaw in check.run(queries.read_chain(tenant_id), head):
        if len(found.flaws) < MOST_FLAWS:
            found.flaws.append(flaw)
    found.records = check.records
    return found


def _anchor_of(head: AuditHead | None) -> Anchor | None:
    """The anchor of this chain. A damaged file counts as one that says something else."""
    if head is None:
        return None
    try:
        return anchors.find(head.id)
    except ValueError:
        return Anchor(head.id, head.tenant_id, head.seq, hash="")


@dataclass(slots=True)
class _Check:
    """Walks one chain; ``seq`` and ``hash`` are those of the record before."""

    tenant_id: int
    anchor: Anchor | None
    records: int = 0
    seq: int = 0
    hash: str = GENESIS

    def run(self, rows: Iterable[Mapping[str, Any]], head: AuditHead | None) -> Iterator[Flaw]:
        """Every flaw, in the order of the chain."""
        for row in rows:
            self.records += 1
            yield from self._record(row, head)
        yield from self._end(head)

    def _record(self, row: Mapping[str, Any], head: AuditHead | None) -> Iterator[Flaw]:
        seq = row["seq"]
        if "hash" not in row or not isinstance(seq, int):
            yield Flaw(self.tenant_id, FlawKind.UNREADABLE, seq, row["tag"])
            self.seq, self.hash = (seq if isinstance(seq, int) else self.seq + 1), ""
            return
        for missing in range(self.seq + 1, min(seq, self.seq + 1 + MOST_FLAWS)):
            yield Flaw(self.tenant_id, FlawKind.MISSING, missing)
        kinds = [
            (FlawKind.CONTENT, not _is_as_written(row)),
            (FlawKind.LINK, self.hash != "" and seq == self.seq + 1 and row["previous_hash"] != self.hash),
            (FlawKind.BEYOND_HEAD, head is not None and seq > head.seq),
            (
                FlawKind.ANCHOR,
                self.anchor is not None and seq == self.anchor.seq and row["hash"] != self.anchor.hash,
            ),
        ]
        yield from (
            Flaw(self.tenant_id, kind, seq, row["tag"], row["created_at"]) for kind, wrong in kinds if wrong
        )
        self.seq, self.hash = seq, row["hash"]

    def _end(self, head: AuditHead | None) -> Iterator[Flaw]:
        if head is None:
            yield from [Flaw(self.tenant_id, FlawKind.HEAD, self.seq)] if self.records else []
            return
        last = max(head.seq, self.anchor.seq if self.anchor else 0)
        if last > self.seq:
            yield Flaw(self.tenant_id, FlawKind.TAIL, last)
        if head.seal != head_seal(self.tenant_id, head.seq, head.hash) or (
            head.seq == self.seq and self.hash not in {"", head.hash}
        ):
            yield Flaw(self.tenant_id, FlawKind.HEAD, head.seq)


def _is_as_written(row: Mapping[str, Any]) -> bool:
    return bool(record_hash({name: row[name] for name in queries.COLUMNS if name != "hash"}) == row["hash"])
