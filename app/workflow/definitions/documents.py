"""Word templates of a bundle: they must open, and their placeholders must be readable."""

from collections.abc import Iterator

from app.core.errors import AppError
from app.core.i18n import _
from app.support.documents import template_variables
from app.workflow.definitions.bundle import Bundle
from app.workflow.definitions.findings import BundleFinding


def inspect_documents(bundle: Bundle) -> Iterator[BundleFinding]:
    """What is wrong with the templates: no docx, too large, macros, placeholders that cannot be read."""
    for path, content in bundle.documents.items():
        try:
            template_variables(content)
        except AppError as exc:
            yield BundleFinding(path, "", str(exc), _("请改正后用 Word 或 WPS 重新保存为 docx"))
