"""Sheets: what leaves the program as an Excel file.

For: lists of rows with aligned figures, written row by row. Not for: documents on paper (``documents``).
Words owned: sheet, field.
"""

from app.support.sheets.writing import Field, send_list, write_list

__all__ = ["Field", "send_list", "write_list"]
