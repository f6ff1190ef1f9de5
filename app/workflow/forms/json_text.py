"""Read the text of a form file: sizes, syntax, doubled entries; nothing about fields yet."""

import json
from typing import Any, NoReturn

from app.core.errors import Finding
from app.core.i18n import _

MAX_BYTES = 1024 * 1024
OLDEST_SCHEMA = 16


class BadText(ValueError):
    """The text is no usable JSON object; carries one Chinese sentence."""


def read_json(content: bytes) -> dict[str, Any]:
    """The object in the file. Form files are JSON of any shape, so values are ``Any``.

    :raises BadText: too large, not UTF-8, no JSON, doubled names, NaN, nested beyond reason, no object.
    """
    if len(content) > MAX_BYTES:
        raise BadText(_("表单文件超过 1 MB；请拆成几个表单"))
    try:
        parsed = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as exc:
        raise BadText(_("表单文件不是 UTF-8 编码；请另存为 UTF-8 编码")) from exc
    except json.JSONDecodeError as exc:
        place = {"line": exc.lineno, "column": exc.colno}
        raise BadText(
            _("不是有效的 JSON（第 %(line)s 行第 %(column)s 列）；请用表单设计器重新保存", **place)
        ) from exc
    except RecursionError as exc:
        raise BadText(_("表单文件嵌套过深；请减少层次")) from exc
    except ValueError as exc:
        detail = exc if isinstance(exc, BadText) else _("含有过长的数字；请改为合理的数值")
        raise BadText(str(detail)) from exc
    if not isinstance(parsed, dict):
        raise BadText(_("表单文件应为一个 JSON 对象；请用表单设计器重新保存"))
    return parsed


def check_head(document: dict[str, Any]) -> list[Finding]:
    """What is wrong with the entries around the components."""
    findings = []
    if document.get("type") != "default":
        findings.append(
            Finding("workflow.forms.type", _("不是表单文件（type 应为 default）；请用表单设计器重新保存"))
        )
    version = document.get("schemaVersion")
    if not isinstance(version, int) or isinstance(version, bool) or version < OLDEST_SCHEMA:
        message = _("schemaVersion 应为 %(oldest)s 或以上；请用新版表单设计器重新保存", oldest=OLDEST_SCHEMA)
        findings.append(Finding("workflow.forms.schema_version", message))
    if not isinstance(document.get("components"), list):
        findings.append(Finding("workflow.forms.components", _("缺少组件列表 components；请用表单设计器重新保存")))
    return findings


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise BadText(_("同一对象中「%(name)s」出现两次；请删除多余的一项", name=name))
        made[name] = value
    return made


def _no_constant(name: str) -> NoReturn:
    raise BadText(_("含有 %(name)s，这不是有效的数值；请改为普通数字", name=name))
