"""A list as one worksheet. Rows are written as they come and never kept: the memory needed does not grow."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any, Literal

from flask import Response, send_file

from app.core import clock
from app.core.i18n import _
from app.core.money import FEN_PER_YUAN

Kind = Literal["text", "yuan", "percent", "number", "decimal", "date", "moment"]
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NUMBER_FORMATS = {
    "yuan": "#,##0.00",
    "percent": "0.00%",
    "number": "#,##0",
    "decimal": "#,##0.00##",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its title, where the value comes from, how it is shown.

    ``yuan`` takes fen; a ``moment`` is shown in Beijing.
    """

    title: str
    value: Callable[[Any], Any]
    kind: Kind = "text"
    width: int = 16


def write_list(title: str, fields: Sequence[Field], rows: Iterable[Any]) -> IO[bytes]:
    """The workbook as an open file at its beginning. Text stays text: a leading ``=`` is no formula."""
    import xlsxwriter  # most processes never write a sheet, and all would wait for it at their start

    target = TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(_(title)[:31])
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EAF1F4"})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _NUMBER_FORMATS.items()}
        sheet.freeze_panes(1, 0)
        for place, field in enumerate(fields):
            sheet.set_column(place, place, field.width, formats.get(field.kind))
            sheet.write_string(0, place, _(field.title), head)
        for number, row in enumerate(rows, start=1):
            for place, field in enumerate(fields):
                _write(sheet, number, place, field, row, formats.get(field.kind))
    target.seek(0)
    return target


def _write(sheet: Any, number: int, place: int, field: Field, row: Any, style: Any) -> None:
    value = field.value(row)
    if value is None:
        return
    if field.kind == "date" and isinstance(value, date):
        sheet.write_datetime(number, place, value, style)
    elif field.kind == "moment":
        sheet.write_datetime(number, place, value.astimezone(clock.BEIJING).replace(tzinfo=None), style)
    elif field.kind == "yuan":
        sheet.write_number(number, place, Decimal(value) / FEN_PER_YUAN, style)
    elif field.kind in {"percent", "number", "decimal"}:
        sheet.write_number(number, place, value, style)
    else:
        sheet.write_string(number, place, str(value))


def send_list(title: str, fields: Sequence[Field], rows: Iterable[Any]) -> Response:
    """The workbook as a download named after its title and the day."""
    response = send_file(
        write_list(title, fields, rows),
        mimetype=MIME,
        as_attachment=True,
        download_name=f"{_(title)}{clock.today():%Y%m%d}.xlsx",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
