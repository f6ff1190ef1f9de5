"""Refusals of opening a company."""

from app.core.errors import Conflict


class CompanyExists(Conflict):
    """The books of a company stand here already, be it the demo company's."""

    code = "company.opening.exists"
    message = "这里已经开设了公司「{name}」，不能再次开设；新增用户请用 flask users create，另开公司请换数据库"
