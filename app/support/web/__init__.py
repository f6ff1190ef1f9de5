"""Web: the frame every page stands in – layout, menu, macros, filters, bundles, security headers.

Not for: what a page says (rooms), refusals (``problems``), writes (``doors``).
Words owned: asset, menu item, status badge, tone, urgency.
"""

from app.support.web.setup import init_web

__all__ = ["init_web"]
