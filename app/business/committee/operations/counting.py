"""By which rule an item is counted: settled before its members are told, kept with the item.

Source: domain/rules.md §18; the table is the analysts', ``rules/committee/counting.dmn``.
"""

from collections.abc import Mapping

from app.business.committee import queries
from app.business.committee.errors import CountingIsFixed
from app.business.committee.models import AgendaItem, ItemResult
from app.business.committee.rules import COUNTING_OUTPUTS, terms_from
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit
from app.workflow.instances.asking import Answer


def fix_counting(item_id: int, answer: Answer, *, actor: Actor) -> AgendaItem:
    """Keep the row of the counting table by which the votes on an item will be counted.

    :raises CountingTermsWrong: the row cannot be counted by. :raises CountingIsFixed: the vote has begun.
    """
    item = queries.get_item(item_id, lock=True)
    if item.result is not ItemResult.NOT_BEGIN:
        raise CountingIsFixed
    terms_from(answer.values)
    item.counting = {
        "terms": {name: _plain(answer.values[name]) for name in COUNTING_OUTPUTS if name != "note"},
        "note": str(answer.values.get("note") or ""),
        "rule": answer.rule,
        "release_id": answer.release_id,
        "release_hash": answer.release_hash,
        "seen": [one.as_data() for one in answer.sentences],
    }
    db.session.flush()
    facts: Mapping[str, object] = {name: item.counting[name] for name in ("terms", "rule", "release_hash")}
    audit.record(actor, "committee.counting.fixed", item, **facts)
    return item


def _plain(value: object) -> object:
    """As JSON holds it: FEEL's numbers are decimals."""
    return value if isinstance(value, (str, bool)) else int(str(value))
