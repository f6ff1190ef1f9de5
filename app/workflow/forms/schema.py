"""One marshmallow schema per form: what each value may be, built once, shared between threads."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError
from marshmallow import fields as ma

from app.core.errors import Finding
from app.core.i18n import lazy
from app.workflow.forms.fields import Field
from app.workflow.forms.values import (
    FormCheckbox,
    FormChoice,
    FormChoices,
    FormFiles,
    FormMoment,
    FormNumber,
    FormText,
)

_BUILDERS: Mapping[str, Callable[[Field], ma.Field[Any]]] = {
    "textfield": FormText,
    "textarea": FormText,
    "number": FormNumber,
    "datetime": FormMoment,
    "filepicker": FormFiles,
    "checkbox": lambda _field: FormCheckbox(allow_none=True),
    "radio": lambda _field: FormChoice(allow_none=True),
    "select": lambda _field: FormChoice(allow_none=True),
    "checklist": lambda _field: FormChoices(allow_none=True),
    "taglist": lambda _field: FormChoices(allow_none=True),
}


class FormSchema(Schema):
    """Parent of every form's schema: unknown keys are refused, never dropped."""

    class Meta:
        """marshmallow's options."""

        unknown = RAISE

    error_messages = {  # noqa: RUF012 - marshmallow declares it so
        "unknown": lazy("表单中没有这个字段，请刷新页面后重新填写"),
        "type": lazy("内容的结构不正确，请刷新页面后重新填写"),
    }


class FormPart(ma.Nested):
    """A list or a group with its own fields."""

    default_error_messages = {"type": FormSchema.error_messages["type"]}  # noqa: RUF012 - marshmallow declares it so


def build_schema(fields: tuple[Field, ...]) -> Schema:
    """The schema of a form's answers."""
    return _schema_class(fields)()


def _schema_class(fields: tuple[Field, ...]) -> type[Schema]:
    return FormSchema.from_dict(dict(_entries(fields)), name="FormAnswers")


def _entries(fields: tuple[Field, ...]) -> Iterator[tuple[str, ma.Field[Any]]]:
    for field in fields:
        if field.is_answer and field.key:
            yield field.key, _BUILDERS[field.type](field)
        elif field.type == "group" and not field.key:
            yield from _entries(field.fields)
        elif field.opens_scope and field.key:
            yield field.key, FormPart(_schema_class(field.fields), many=field.is_list, unknown=RAISE)


def load(schema: Schema, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Cleaned values that are right, and a finding for each that is not. Values are raw JSON, hence ``Any``."""
    try:
        return dict(schema.load(values)), []
    except ValidationError as exc:
        valid = exc.valid_data if isinstance(exc.valid_data, dict) else {}
        return valid, list(_flatten(exc.messages, ()))


def _flatten(messages: Any, path: tuple[str, ...]) -> Iterator[Finding]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flatten(inner, path if name == "_schema" else (*path, str(name)))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield Finding("workflow.forms.value", str(message), field=".".join(path) or None)
