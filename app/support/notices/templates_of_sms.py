"""The texts of short messages: rooms declare them when they are imported, as the operator has registered them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from app.support.notices.errors import SmsRefused

SIGNATURE = "【再担云】"

_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """A text with ``{places}``; the operator fills them in, so they go out apart from the text."""

    code: str
    text: str

    @property
    def places(self) -> frozenset[str]:
        """Names of the places."""
        return frozenset(name for _text, name, _spec, _conversion in Formatter().parse(self.text) if name)

    def fill(self, variables: Mapping[str, str]) -> str:
        """The text as it arrives. :raises SmsRefused: it would carry a full identity number.

        :raises ValueError: places and variables differ; a mistake of the program.
        """
        if self.places != variables.keys():
            raise ValueError(f"SMS {self.code} needs {sorted(self.places)}, got {sorted(variables)}")
        text = SIGNATURE + self.text.format(**variables)
        if _IDENTITY_NUMBER.search(text):
            raise SmsRefused(template=self.code)
        return text


_templates: dict[str, SmsTemplate] = {}


def sms_template(code: str, text: str) -> SmsTemplate:
    """Declare a text: ``sms_template("project.accepted", "您的申请{project_no}已受理。")``."""
    template = SmsTemplate(code, text)
    if _templates.setdefault(code, template) != template:
        raise ValueError(f"SMS template {code} is declared twice")
    return template


def get_template(code: str) -> SmsTemplate:
    """The declared text. :raises ValueError: nobody declared it."""
    if code not in _templates:
        raise ValueError(f"no SMS template {code}")
    return _templates[code]
