"""What a page says, what a form is answered."""

import io
import secrets
import zipfile
from typing import Any

from flask.testing import FlaskClient


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    """The text of a page that answers so."""
    answer = client.get(address)
    text: str = answer.get_data(as_text=True)
    assert answer.status_code == status, text[:2000]
    return text


def send(client: FlaskClient, address: str, /, **fields: object) -> Any:
    """Send a form with a fresh idempotency key."""
    return client.post(address, data={"_key": secrets.token_hex(8), **fields})


def sheet_text(book: bytes) -> str:
    """The XML of the first worksheet; strings of a workbook in constant memory stand in line."""
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()
