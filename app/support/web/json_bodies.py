"""JSON as browsers and scripts send it: what cannot be followed or stored is refused, it is no fault of ours."""

import json
import re
from typing import Any

from flask import Flask
from flask.json.provider import JSONProvider


class CarefulLoads(JSONProvider):
    """One more refusal; Flask answers a ``ValueError`` from here with 400."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of a JSON text.

        :raises ValueError: no JSON, nested beyond what the parser can follow, or with halves of characters.
        """
        try:
            value = super().loads(s, **kwargs)
        except RecursionError as exc:
            raise ValueError("nested too deeply") from exc
        if _MAYBE_HALF.search(s if isinstance(s, str) else s.decode(json.detect_encoding(s), "surrogatepass")):
            json.dumps(value, ensure_ascii=False).encode()  # an UnicodeEncodeError is a ValueError
        return value


_MAYBE_HALF = re.compile(r"\\[uU][dD][89a-fA-F]|[\ud800-\udfff]")


def init_json(app: Flask) -> None:
    """Put it before whatever provider the libraries have set; call it after them."""
    app.json = type("CarefulJson", (CarefulLoads, type(app.json)), {})(app)
