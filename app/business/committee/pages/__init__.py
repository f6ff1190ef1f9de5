"""The doors of the committee: meetings and what is done at them, the ballot on a phone, resolutions, conditions.

What a vote says is read only after the count (``queries.ballots``), by nobody before. A ballot is cast by
completing its task of the process, from here as from the desk.
"""

from app.business.committee.pages import ballots, conditions, meetings, pools, resolutions, sittings
from app.business.committee.pages.blueprint import bp

__all__ = ["ballots", "bp", "conditions", "meetings", "pools", "resolutions", "sittings"]
