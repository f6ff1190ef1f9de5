"""The doors of customers: customers themselves, their shareholders, related groups, the black list."""

from app.business.customers.pages import black_list, customers, groups, shareholders
from app.business.customers.pages.blueprint import bp

__all__ = ["black_list", "bp", "customers", "groups", "shareholders"]
