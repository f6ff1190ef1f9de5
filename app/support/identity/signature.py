"""A signature somebody keeps 本人签名: a small picture, encrypted at rest, to be used again when she signs.

What is drawn or chosen is never kept as it came: it is read as a picture and written anew, so nothing rides along.
"""

import base64
import binascii
import io
import warnings

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity.errors import BadSignature
from app.support.identity.models import KeptSignature

MOST_BYTES = 200_000
MOST_PIXELS = (2000, 1200)
FADED = 40
"""Of 255: what is fainter than that is no line."""
_DATA_URL = "data:image/png;base64,"


def read_drawing(text: str) -> bytes:
    """The picture of a ``data:`` address as a canvas gives it. :raises BadSignature: it is none, or empty."""
    if len(text) > MOST_BYTES * 4 // 3 + 100:
        raise BadSignature(reason=_("图片超过 %(n)s KB", n=MOST_BYTES // 1000))
    try:
        data = base64.b64decode(text.removeprefix(_DATA_URL), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise BadSignature(reason=_("图片不完整，请重新书写")) from exc
    return read_picture(data)


def read_picture(data: bytes) -> bytes:
    """A PNG as we keep it: dark lines on nothing, without anything else the file held.

    :raises BadSignature: no PNG, too large, or nothing is written on it.
    """
    if len(data) > MOST_BYTES:
        raise BadSignature(reason=_("图片超过 %(n)s KB", n=MOST_BYTES // 1000))
    from PIL import Image  # most processes never see a picture, and all would wait for it at their start

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(data), formats=["PNG"])
            if picture.width > MOST_PIXELS[0] or picture.height > MOST_PIXELS[1]:
                wide, high = MOST_PIXELS
                raise BadSignature(reason=_("图片大于 %(wide)s×%(high)s 像素", wide=wide, high=high))
            drawn = picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as exc:
        raise BadSignature(reason=_("不是有效的 PNG 图片")) from exc
    on_paper = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("L")
    lines = on_paper.point(lambda light: 255 - light)
    place = lines.point(lambda dark: 255 if dark > FADED else 0).getbbox()
    if place is None:
        raise BadSignature(reason=_("签名是空白的"))
    written = Image.new("RGBA", lines.size, "#14222b")
    written.putalpha(lines)
    target = io.BytesIO()
    written.crop(place).save(target, "PNG", optimize=True)
    return target.getvalue()


def keep(png: bytes, *, actor: Actor) -> None:
    """Keep one's signature; an earlier one is forgotten."""
    row = _find(actor.user_id)
    if row is None:
        row = KeptSignature(user_id=actor.user_id or 0)
        db.session.add(row)
    row.picture, row.kept_at = base64.b64encode(png).decode(), clock.now()
    db.session.flush()
    audit.record(actor, "identity.signature.kept", row)


def forget(*, actor: Actor) -> None:
    """Keep it no more; what was signed with it stays signed."""
    row = _find(actor.user_id)
    if row is not None:
        audit.record(actor, "identity.signature.forgotten", row)
        db.session.delete(row)


def kept_picture(user_id: int | None) -> bytes | None:
    """The PNG somebody keeps; only ever shown to herself."""
    row = _find(user_id)
    return base64.b64decode(row.picture) if row is not None else None


def _find(user_id: int | None) -> KeptSignature | None:
    return db.session.scalar(select(KeptSignature).where(KeptSignature.user_id == user_id))
