"""From what was sent to clean values: one pass, all findings.

Order: picture (what expressions see) → what is visible and open → kinds (marshmallow) → demands → computed and
read-only values, which come from the server whatever the browser sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.workflow.forms.demands import Choices, demands, row_demands
from app.workflow.forms.dynamic import Facts, Scope, layered
from app.workflow.forms.fields import Field, Kind, walk
from app.workflow.forms.picture import compute, draw, number_or_none
from app.workflow.forms.places import Path, Place, Rules, put_at, value_at, visible
from app.workflow.forms.plain import prefill_of, revive
from app.workflow.forms.schema import load
from app.workflow.forms.showing import show_value
from app.workflow.forms.values import into_unit, read_kind

if TYPE_CHECKING:
    from app.workflow.forms.form import Form


@dataclass(slots=True)
class _Cleaning:
    """One answer while it is looked at."""

    form: "Form"
    values: Mapping[str, Any]
    context: Facts
    choices: Choices
    rules: Rules
    stored: Facts
    findings: list[Finding] = field(default_factory=list)


def clean(form: "Form", values: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """See ``Form.clean``, the only caller."""
    job = _Cleaning(form, values, **given)
    if not isinstance(values, Mapping):
        raise Invalid.of(None, _("内容的结构不正确，请刷新页面后重新填写"), "workflow.forms.value")
    drawn, places = _look(job)
    cleaned = _check_kinds(job, places)
    broken = {finding.field for finding in job.findings}
    for place in places:
        _settle(job, place, cleaned, broken)
    _fill_from_server(job, places, drawn, cleaned)
    if job.findings:
        raise Invalid(job.findings)
    return _in_order(form.fields, cleaned)


def _look(job: _Cleaning) -> tuple[dict[str, Any], list[Place]]:
    """The picture and the visible places. A read-only field counts with what is stored, not with what was sent."""
    drawn = draw(job.form.fields, job.values)
    for hidden in (one for one in walk(job.form.fields) if one.key == one.path and job.rules.hides(one)):
        drawn.pop(hidden.path, None)  # the node took it away, so the process data of that name are seen
    places = _places(job, drawn)
    closed = [place for place in places if place.readonly and place.path and _holds_value(place.field)]
    for place in closed:
        put_at(drawn, place.path, show_value(place.field, _stored(job, place)))
    return drawn, _places(job, drawn) if closed else places


def _places(job: _Cleaning, drawn: dict[str, Any]) -> list[Place]:
    compute(job.form.compute_order, job.form.fields, drawn, job.context)
    data = layered(drawn, job.context)
    return list(visible(job.form.fields, drawn, Scope(data, data), job.rules))


def _holds_value(found: Field) -> bool:
    return found.is_answer or found.is_list


def _check_kinds(job: _Cleaning, places: list[Place]) -> dict[str, Any]:
    """Load what is visible and open through the schema; unknown keys are found here as well."""
    sent = _keep_open(job.form.fields, job.values, (), {place.path: place for place in places if place.path})
    cleaned, findings = load(job.form.answers, sent)
    job.findings += findings
    return cleaned


def _keep_open(fields: tuple[Field, ...], values: Any, path: Path, open_places: Mapping[Path, Place]) -> Any:
    """The raw values without hidden, read-only and computed fields; unknown keys stay, to be refused."""
    if not isinstance(values, Mapping):
        return values
    known = _by_key(fields)
    kept: dict[str, Any] = {}
    for key, value in values.items():
        found = known.get(key)
        if found is None:
            kept[key] = value
            continue
        place = open_places.get((*path, key))
        if place is None or found.type == "expression" or (place.readonly and found.type != "group"):
            continue
        kept[key] = _keep_below(found, value, (*path, key), open_places)
    return kept


def _keep_below(found: Field, value: Any, path: Path, open_places: Mapping[Path, Place]) -> Any:
    if found.type == "group":
        return _keep_open(found.fields, {} if value is None else value, path, open_places)
    if found.is_list:
        if value is None:
            return []
        if isinstance(value, list):
            return [_keep_open(found.fields, row, (*path, index), open_places) for index, row in enumerate(value)]
    return value


def _by_key(fields: tuple[Field, ...]) -> dict[str, Field]:
    known: dict[str, Field] = {}
    for found in fields:
        if found.key:
            known[found.key] = found
        elif found.type == "group":
            known |= _by_key(found.fields)
    return known


def _settle(job: _Cleaning, place: Place, cleaned: dict[str, Any], broken: set[str | None]) -> None:
    """Demands of one open place; an answer left empty becomes None, [] or False."""
    found = place.field
    if place.readonly or any(".".join(map(str, place.path[:n])) in broken for n in range(1, len(place.path) + 1)):
        return
    if found.is_list:
        rows = value_at(cleaned, place.path) or []
        if value_at(cleaned, place.path) is None:
            put_at(cleaned, place.path, [])
        known = _stored(job, place) if found.has_fixed_rows else None
        job.findings += row_demands(place, len(rows), len(known) if known else None)
    elif found.is_answer and place.path and _reachable(cleaned, place.path):
        value = value_at(cleaned, place.path)
        job.findings += demands(place, value, job.choices)
        put_at(cleaned, place.path, _as_kept(found, value))


def _reachable(cleaned: Mapping[str, Any], path: Path) -> bool:
    """Whether the row a place stands in survived; a row that was no object has its finding already."""
    rows = [index for index, step in enumerate(path) if isinstance(step, int)]
    return not rows or isinstance(value_at(cleaned, path[: rows[-1] + 1]), dict)


def _as_kept(found: Field, value: Any) -> Any:
    if value is None:
        return {"checkbox": False, "checklist": [], "taglist": [], "filepicker": []}.get(found.type)
    if found.kind in (Kind.USER, Kind.ID) and isinstance(value, str):
        try:
            return read_kind(value, found.kind)
        except ValidationError:
            return value  # not on offer either, so it has its finding
    return value


def _fill_from_server(job: _Cleaning, places: list[Place], drawn: Facts, cleaned: dict[str, Any]) -> None:
    for place in places:
        found = place.field
        if not place.path or not _reachable(cleaned, place.path):
            continue
        if found.type == "expression":
            put_at(cleaned, place.path, computed(found, value_at(drawn, place.path)))
        elif place.readonly and _holds_value(found):
            put_at(cleaned, place.path, _stored(job, place))


def computed(found: Field, value: Any) -> Any:
    """A computed value as it is kept; None where the reckoning gave nothing or nonsense."""
    number = number_or_none(value)
    if number is None:
        return None if found.unit else value
    try:
        return into_unit(number, found, strict=False)
    except ValidationError:
        return None


def _stored(job: _Cleaning, place: Place) -> Any:
    """What the server knows of a read-only field, as it is kept; in a list by the row's place."""
    lists = [index for index, step in enumerate(place.path) if isinstance(step, int)]
    if not lists:
        return _known(job, place.field, place.path)
    outer = place.path[: lists[0]]
    rows = _known(job, job.form.field_at(".".join(map(str, outer))), outer)
    return revive(place.field, value_at(rows, place.path[lists[0] :]))


def _known(job: _Cleaning, found: Field, path: Path) -> Any:
    """What was kept, else the prefill, else the process data of that name."""
    kept = value_at(job.stored, path)
    if kept is not None:
        return revive(found, kept)
    if found.prefill is not None:
        return prefill_of(found, job.context)
    return revive(found, value_at(job.context, path))


def _in_order(fields: tuple[Field, ...], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The same values in the order of the form."""
    ordered: dict[str, Any] = {}
    for found in fields:
        if found.type == "group" and not found.key:
            ordered |= _in_order(found.fields, cleaned)
        elif found.key and found.key in cleaned:
            value = cleaned[found.key]
            if found.is_list and isinstance(value, list):
                value = [_in_order(found.fields, row) if isinstance(row, dict) else row for row in value]
            elif found.type == "group" and isinstance(value, dict):
                value = _in_order(found.fields, value)
            ordered[found.key] = value
    return ordered
