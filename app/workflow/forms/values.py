"""What one typed value may be: numbers, amounts, texts, dates, choices; as marshmallow fields.

Each field tells in Chinese what to do. Nothing here depends on other fields, the clock apart.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields as ma

from app.core import clock
from app.core.amounts import LARGEST_FEN
from app.core.errors import Invalid
from app.core.i18n import _, lazy
from app.core.identifiers import parse_mobile, parse_resident_id, parse_uscc
from app.core.money import wan, yuan
from app.workflow.forms.fields import DEFAULT_MAX_LENGTH, MAX_FILES, MAX_ROWS, Field, Kind, Unit
from app.workflow.forms.patterns import compile_pattern

_LARGEST = Decimal(10) ** 15
_MOST_DECIMALS = 12
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_MARKUP = re.compile(
    r"<\s*/?\s*(script|iframe|object|embed|svg|img|link|style|meta|base|form|html|body|video|audio|math)\b"
    r"|javascript\s*:|<[^>]*\bon[a-z]+\s*=",
    re.IGNORECASE,
)
_EMAIL = compile_pattern(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
_PHONE = compile_pattern(r"^\+?[0-9][0-9 ()-]{5,22}[0-9]$")
_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199


def read_number(value: object) -> Decimal:
    """The exact number somebody typed or a browser sent.

    :raises ValidationError: no finite number of sensible size.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise ValidationError(_("请填写数字"))
    text = value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)[:40]
    plain = "".join(unicodedata.normalize("NFKC", text[:60]).split())
    if len(text) > 60 or not (_NUMBER.fullmatch(plain) or not isinstance(value, str)):
        raise ValidationError(_("数值格式不正确，请填写如 1234.50 的数字"))
    try:
        number = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise ValidationError(_("请填写数字")) from None
    if not number.is_finite():
        raise ValidationError(_("请填写数字"))
    if abs(number) > _LARGEST:
        raise ValidationError(_("数值过大，请核对单位后重新填写"))
    return number


def decimals_of(number: Decimal) -> int:
    """Decimals that matter: ``1.50`` has one."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


class FormNumber(ma.Field[Any]):
    """A number in its unit: integer fen, Decimal fraction, whole number, or Decimal."""

    default_error_messages = {"null": lazy("请填写数字")}  # noqa: RUF012 - marshmallow's own attribute

    def __init__(self, form_field: Field) -> None:
        super().__init__(allow_none=True)
        self.form_field = form_field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value == "":
            return None
        number = read_number(value)
        most = self.form_field.decimals
        if decimals_of(number) > (_MOST_DECIMALS if most is None else most):
            raise ValidationError(_too_fine(most))
        self._check_step(number)
        return into_unit(number, self.form_field, strict=True)

    def _check_step(self, number: Decimal) -> None:
        step = self.form_field.raw.get("increment")
        if step not in (None, "", 0) and number % Decimal(str(step)) != 0:
            raise ValidationError(_("请填写 %(step)s 的整数倍", step=step))


def _too_fine(most: int | None) -> str:
    if most == 0:
        return _("请填写整数")
    return _("最多 %(most)s 位小数，请改正", most=_MOST_DECIMALS if most is None else most)


def into_unit(number: Decimal, field: Field, *, strict: bool) -> int | Decimal:
    """A typed number as it is kept. ``strict``: typed by a person, so signs and sizes are checked."""
    if field.unit in (Unit.YUAN, Unit.WAN):
        amount_fen = (yuan if field.unit is Unit.YUAN else wan)(number)
        if strict and amount_fen < 0 and not field.may_be_negative:
            raise ValidationError(_("金额不能为负数，请改正"))
        if abs(amount_fen) > LARGEST_FEN:
            raise ValidationError(_("金额过大，请核对单位后重新填写"))
        return amount_fen
    if field.unit is Unit.PERCENT:
        if strict and not 0 <= number <= 100 and field.maximum is None:
            raise ValidationError(_("百分比应在 0 到 100 之间，请改正"))
        return number / 100
    return int(number) if field.decimals == 0 else number


def out_of_unit(value: object, field: Field) -> Decimal | None:
    """The number as it is typed and shown; the inverse of ``into_unit``. Accepts stored text as well."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    number = Decimal(str(value))
    factor = {Unit.YUAN: Decimal("0.01"), Unit.WAN: Decimal("0.000001"), Unit.PERCENT: Decimal(100)}
    return number * factor[field.unit] if field.unit else number


class FormText(ma.Field[Any]):
    """Plain text: trimmed, without control characters and markup; identifiers cleaned by ``core.identifiers``."""

    def __init__(self, form_field: Field) -> None:
        super().__init__(allow_none=True)
        self.form_field = form_field
        pattern = form_field.raw.get("validate", {}).get("pattern")
        self.pattern = compile_pattern(pattern) if pattern else None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, str):
            raise ValidationError(_("请填写文字"))
        text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            return None
        if len(text) > DEFAULT_MAX_LENGTH and self.form_field.max_length is None:
            message = _("最多 %(most)s 个字，现有 %(now)s 个，请删减", most=DEFAULT_MAX_LENGTH, now=len(text))
            raise ValidationError(message)
        check_characters(text, lines=self.form_field.type == "textarea")
        self._check_form(text)
        return read_kind(text, self.form_field.kind)

    def _check_form(self, text: str) -> None:
        validate: Mapping[str, Any] = self.form_field.raw.get("validate", {})
        if self.pattern and not self.pattern.search(text):
            raise ValidationError(validate.get("patternErrorMessage") or _("格式不正确，请按字段说明填写"))
        match validate.get("validationType"):
            case "email" if not _EMAIL.search(text):
                raise ValidationError(_("电子邮箱格式不正确，请填写如 name@example.com"))
            case "phone" if not _PHONE.search(text):
                raise ValidationError(_("电话号码格式不正确，请填写数字，可加 + 和 -"))


def check_characters(text: str, *, lines: bool) -> None:
    """:raises ValidationError: control characters, direction tricks, half characters, or web page code."""
    allowed = "\n\t" if lines else ""
    for character in text:
        if character in allowed:
            continue
        if unicodedata.category(character) in {"Cc", "Cs", "Cn"} or character in _TRICKS:
            what = _("不可见的控制字符") if character not in "\n\t" else _("换行或制表符")
            raise ValidationError(_("内容含有%(what)s，请删除后重新填写", what=what))
    if _MARKUP.search(text):
        raise ValidationError(_("内容含有网页代码（如 <script>），请改用普通文字"))


_TRICKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def read_kind(text: str, kind: Kind | None) -> str | int:
    """A text as what it stands for. :raises ValidationError: it is no such thing."""
    try:
        match kind:
            case Kind.MOBILE:
                return parse_mobile(text)
            case Kind.USCC:
                return parse_uscc(text)
            case Kind.RESIDENT_ID:
                return parse_resident_id(text).number
    except Invalid as exc:
        raise ValidationError(exc.findings[0].message) from exc
    if kind in (Kind.USER, Kind.ID):
        if not _DIGITS.fullmatch(text):
            raise ValidationError(_("请从列表中选择"))
        return int(text)
    return text


class FormMoment(ma.Field[Any]):
    """A date, a time of day, or a moment (aware UTC; Beijing time where the text names no zone)."""

    def __init__(self, form_field: Field) -> None:
        super().__init__(allow_none=True)
        self.form_field = form_field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value == "":
            return None
        if not isinstance(value, str) or len(value) > 40:
            raise ValidationError(_("请从日历中选择日期或时间"))
        try:
            return self._read(value.strip())
        except (ValueError, OverflowError):
            raise ValidationError(_bad_moment(self.form_field.subtype)) from None

    def _read(self, text: str) -> date | time | datetime:
        match self.form_field.subtype:
            case "time":
                moment: date | time | datetime = time.fromisoformat(text).replace(tzinfo=None)
            case "datetime":
                moment = _aware(datetime.fromisoformat(text))
            case _:
                moment = _day(text)
        if isinstance(moment, date):
            self._check_day(moment)
        return moment

    def _check_day(self, moment: date) -> None:
        day = clock.business_day(moment) if isinstance(moment, datetime) else moment
        if not _EARLIEST_YEAR <= day.year <= _LATEST_YEAR:
            raise ValidationError(_("年份不合理，请核对日期"))
        if self.form_field.raw.get("disallowPassedDates") is True and day < clock.today():
            raise ValidationError(_("日期不能早于今天，请改正"))


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(text)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.BEIJING)
    return moment.astimezone(UTC)


def _bad_moment(subtype: str) -> str:
    return {
        "time": _("时间格式不正确，请填写如 09:30"),
        "datetime": _("日期时间格式不正确，请填写如 2026-01-31T09:30"),
    }.get(subtype) or _("日期格式不正确或不存在，请填写如 2026-01-31")


class FormCheckbox(ma.Field[Any]):
    """Ticked or not; nothing else counts."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError(_("请勾选或取消勾选"))
        return value


class FormChoice(ma.Field[Any]):
    """One option's value as text; whether it is on offer is asked later, when the options are known."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return _option(value) if value != "" else None


class FormChoices(ma.Field[Any]):
    """Several options, each once."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value == "":
            return []
        if not isinstance(value, list):
            raise ValidationError(_("请从列表中选择"))
        if len(value) > MAX_ROWS:
            raise ValidationError(_("最多选择 %(most)s 项，请减少", most=MAX_ROWS))
        return list(dict.fromkeys(_option(item) for item in value))


def _option(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:40]
    if not isinstance(value, str) or len(value) > 200:
        raise ValidationError(_("请从列表中选择"))
    return value


class FormFiles(ma.Field[Any]):
    """Document ids as texts. Whether they exist and may be used is for the room that owns documents."""

    def __init__(self, form_field: Field) -> None:
        super().__init__(allow_none=True)
        self.form_field = form_field

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value == "":
            return []
        given = value if isinstance(value, list) else [value]
        most = MAX_FILES if self.form_field.raw.get("multiple") else 1
        if len(given) > most:
            raise ValidationError(_("最多上传 %(most)s 个文件，请删除多余的文件", most=most))
        return list(dict.fromkeys(_document_id(item) for item in given))


def _document_id(value: object) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and value < 10**19 else value
    if not isinstance(text, str) or not _DIGITS.fullmatch(text):
        raise ValidationError(_("文件尚未上传成功，请重新上传"))
    return text
