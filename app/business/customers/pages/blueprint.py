"""The room's blueprint."""

from flask import Blueprint

bp = Blueprint("customers", "app.business.customers.pages", template_folder="../templates")
