"""Files: what people hand in and what the program prints, kept by content, with versions and retention.

Not for: making documents (``documents``), reading spreadsheets (``sheets``).
Words owned: document, version, link, blob.
"""

from app.support.files.access import may_see, watches
from app.support.files.operations import link_document, new_version, store_bytes, store_upload
from app.support.files.queries import find_documents, get_document, get_documents, list_documents, read_bytes

__all__ = [
    "find_documents",
    "get_document",
    "get_documents",
    "link_document",
    "list_documents",
    "may_see",
    "new_version",
    "read_bytes",
    "store_bytes",
    "store_upload",
    "watches",
]
