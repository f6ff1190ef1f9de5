"""The blueprint all pages of the room hang on, and its places in the menu."""

from flask import Blueprint

from app.support.web.menu import language_switch, menu_item, sign_out, user_link

bp = Blueprint("identity", "app.support.identity", template_folder="templates")

menu_item("系统管理", "用户", "identity.users", "support.users.view", icon="people", order=900)
menu_item("系统管理", "角色与权限", "identity.roles", "support.roles.view", icon="shield-lock", order=901)
menu_item("系统管理", "部门", "identity.departments", "support.departments.view", icon="diagram-3", order=902)
user_link("我的账号", "identity.me", icon="person", order=10)
user_link("修改密码", "identity.change_password_form", icon="key", order=20)
sign_out("identity.sign_out")
language_switch("identity.choose_language")
