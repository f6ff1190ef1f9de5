"""From ``flask company open`` to a first direct guarantee in somebody's to-do, all of it on pages."""

import json
import re
from itertools import count

import pytest
from lxml import html
from sqlalchemy import select

from app.business.committee.models import Committee, CommitteeMember
from app.business.institutions.models import AdmissionStatus, Institution, InstitutionKind
from app.business.products.models import Product
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.support.audit.models import AuditRecord
from app.support.identity.models import Department, Role, User
from app.support.identity.rules import ROLE_NAMES
from app.workflow.instances.models import UserTask
from tests.company.test_opening import GIVEN, PASSWORD, open_company

OWN = "Qinghe-5521-chang"
TYPED = "Xinren-8841-kaishi"
_keys = count()


class Person:
    """Somebody at the screen, who changes her first password as she is asked to."""

    def __init__(self, app, email, password):
        self.client = app.test_client()
        assert self.client.post("/login", data={"email": email, "password": password}).status_code in {302, 303}
        self.post("/me/password", old_password=password, new_password=OWN, repeated=OWN)
        assert self.client.post("/login", data={"email": email, "password": OWN}).status_code in {200, 302, 303}

    def page(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def send(self, path, **fields):
        return self.client.post(path, data={"_key": f"first-step-{next(_keys):04}", **fields})

    def post(self, path, **fields):
        answer = self.send(path, **fields)
        assert answer.status_code in {302, 303}, (path, answer.status_code, wrong(answer))
        return answer.headers["Location"]


def wrong(answer):
    tree = html.fromstring(answer.get_data(as_text=True))
    return [one.text_content().strip() for one in tree.xpath("//*[contains(@class, 'invalid-feedback')]")]


def left(person):
    """Steps that still lack something, by number, and where each leads."""
    tree = html.fromstring(person.page("/first-steps"))
    return {
        re.search(r"\d+", link.xpath("ancestor::section[1]//h2")[0].text_content())[0]: link.get("href")
        for link in tree.xpath("//main//a[contains(@class, 'btn-primary') and not(contains(@class, 'btn-outline'))]")
    }


def number_of(path):
    return int(re.search(r"\d+", path)[0])


@pytest.fixture
def admin(fresh_app):
    assert "next: /first-steps" in open_company(fresh_app).output
    return Person(fresh_app, GIVEN["--admin"].lower(), PASSWORD)


@pytest.fixture
def stored(fresh_app):
    with fresh_app.app_context(), acting_as(system_actor(1)):
        yield look
        db.session.remove()


def look(query):
    db.session.rollback()  # as it is now
    return db.session.scalars(query).all()


def engage(admin, login, *roles, department):
    path = admin.post("/admin/users", email=f"{login}@qinghe.example", password=TYPED, name=f"员工{login}", roles=list(roles),
                      department_id=department)
    return number_of(path)


def test_a_new_company_reaches_its_first_case_by_pages(fresh_app, admin, stored):
    assert list(left(admin)) == [str(n) for n in range(2, 10)], "a release is in force, nothing else is there"
    department = stored(select(Department.id).where(Department.code == "BIZ1"))[0]
    asked = [role for role in stored(select(Role.code)) if ROLE_NAMES[role] in admin.page("/first-steps")]
    assert {"PM_A", "RISK_HEAD", "COMMITTEE_SEC"} <= set(asked)
    members = [engage(admin, f"p{at}", role, "COMMITTEE_MEMBER", department=department) for at, role in enumerate(sorted(asked))]
    version = stored(select(Department.row_version).where(Department.id == department))[0]
    admin.post(f"/admin/departments/{department}", name="业务一部", head_id=members[0], position=0, row_version=version)
    assert {"2", "3"}.isdisjoint(left(admin))

    admin.post(left(admin)["4"] + "/capital", as_of="2025-12-31", net_assets="120000", source="2025 年度审计报告")
    bank = number_of(admin.post("/institutions", kind="BANK", name="北方商业银行", short_name="北方银行"))
    branch = number_of(admin.post("/institutions", kind="BANK_BRANCH", name="北方商业银行朝阳支行", short_name="北方朝阳"))
    admin.post(f"/institutions/{branch}/parent", parent_id=bank)
    admin.post(f"/institutions/{branch}/admit", agreement_no="HZ-1", agreement_from="2026-01-01")
    admin.post(
        "/products", code="ZB-LOAN", name="流动资金贷款担保", business_line="DIRECT", process_id="proc_direct_guarantee",
        liability_kind="LOAN", min_amount="10", max_amount="3000", max_term_months="36", min_fee_rate="0.5",
        max_fee_rate="3", fee_method="MONTH", active_from="2026-01-01",
    )
    pool = admin.post("/committee/committees", code="PSH", name="项目评审委员会", kind="PROJECT_REVIEW", chair_id=members[0])
    for member in members[:5]:
        admin.post(f"{pool}/members", user_id=member, valid_from="2026-01-01", weight="1")
    assert list(left(admin)) == ["8", "9"], "what is left is a project manager's work"

    manager = Person(fresh_app, f"p{sorted(asked).index('PM_A')}@qinghe.example", TYPED)
    manager.post(
        "/customers", type="ENTERPRISE", name="北京华新精密机械有限公司", uscc="91110108MA01AB2C3T", region_code="110108",
        industry_code="C3599", legal_rep_name="刘振东", reg_capital="1000", establish_date="2015-06-18",
        reg_address="北京市朝阳区建国路 88 号", contact_name="刘振东", contact_mobile="13800138000", employee_count="86",
        annual_revenue="5200", total_assets="4300",
    )
    task = manager.post("/start/proc_direct_guarantee")
    text = manager.page(task)
    for offered in ("流动资金贷款担保", "北方商业银行朝阳支行"):
        assert json.dumps(offered).strip('"') in text, "the form's choices"
    assert left(admin) == {}
    [waiting] = stored(select(UserTask).where(UserTask.closed_at.is_(None)))
    assert waiting.node_id == "application" and f"/tasks/{waiting.id}" in manager.page("/tasks")

    tags = set(stored(select(AuditRecord.tag)))
    assert {"institutions.institution.placed", "institutions.admission.admitted", "institutions.capital.recorded",
            "products.product.defined", "committee.committee.opened", "committee.member.appointed"} <= tags


def test_what_is_wrong_with_a_product_stands_at_its_field(admin, stored):
    answer = admin.send(
        "/products", code="ZB", name="", business_line="NONSENSE", process_id="proc_none", liability_kind="LOAN", min_amount="10",
        max_amount="abc", max_term_months="36", min_fee_rate="3", max_fee_rate="0.5", fee_method="MONTH", active_from="2026-01-01",
    )
    assert answer.status_code == 422 and len(wrong(answer)) == 4, wrong(answer)
    bounds = {"code": "ZB", "name": "贷款", "business_line": "DIRECT", "process_id": "proc_direct_guarantee", "liability_kind": "NONE",
              "min_amount": "10", "max_amount": "5", "max_term_months": "0", "min_fee_rate": "3", "max_fee_rate": "0.5",
              "fee_method": "MONTH", "active_from": "2026-01-01"}
    assert wrong(admin.send("/products", **bounds)) == ["最高金额不能低于最低金额", "最长期限应大于 0", "最高费率不能低于最低费率"]
    good = bounds | {"max_amount": "500", "max_term_months": "12", "max_fee_rate": "4"}
    path = admin.post("/products", **good)
    assert admin.send("/products", **good).status_code == 409
    assert admin.send(f"{path}/stop", active_to="2025-12-31").status_code == 422
    admin.post(f"{path}/stop", active_to="2026-06-30")
    [product] = stored(select(Product))
    assert (product.nature.value, str(product.active_to)) == ("NON_FINANCING", "2026-06-30")


def test_institutions_are_suspended_and_never_stand_under_themselves(admin, stored):
    assert admin.send("/institutions", kind="OWN_COMPANY", name="另一家", short_name="另").status_code == 422
    assert admin.send("/institutions", kind="PARTNER_GUARANTOR", name="某担保", short_name="某").status_code == 422
    one = admin.post("/institutions", kind="BANK", name="北方商业银行", short_name="北方")
    assert admin.send("/institutions", kind="BANK", name="北方商业银行", short_name="北方").status_code == 409
    assert admin.send(f"{one}/parent", parent_id=number_of(one)).status_code == 409
    assert admin.send(f"{one}/admission", to="SUSPENDED", reason="风险").status_code == 409, "it was never admitted"
    admin.post(f"{one}/admit", agreement_no="HZ-1", agreement_from="2026-01-01", agreement_to="2027-01-01")
    assert admin.send(f"{one}/admit", agreement_no="HZ-1", agreement_from="2026-01-01", agreement_to="2025-01-01").status_code == 422
    admin.post(f"{one}/admission", to="SUSPENDED", reason="监管处罚")
    [bank] = stored(select(Institution).where(Institution.kind == InstitutionKind.BANK))
    assert bank.admission_status is AdmissionStatus.SUSPENDED


def test_a_pool_takes_nobody_twice_and_lets_go(admin, stored):
    [me] = stored(select(User.id))
    assert admin.send("/committee/committees", code="P", name="委员会", kind="PROJECT_REVIEW", chair_id=99).status_code == 422
    pool = admin.post("/committee/committees", code="P", name="委员会", kind="PROJECT_REVIEW", chair_id=me)
    assert admin.send("/committee/committees", code="P", name="委员会", kind="PROJECT_REVIEW", chair_id=me).status_code == 409
    assert admin.send(f"{pool}/members", user_id=me, valid_from="2026-01-01", weight="0").status_code == 422
    admin.post(f"{pool}/members", user_id=me, valid_from="2026-01-01", expertise="风险")
    assert admin.send(f"{pool}/members", user_id=me, valid_from="2026-02-01").status_code == 409
    [member] = stored(select(CommitteeMember.id))
    assert admin.send(f"/committee/committees/99/members/{member}/end").status_code == 404
    admin.post(f"{pool}/members/{member}/end")
    admin.post(f"{pool}/chair", chair_id=me)
    assert [one.chair_id for one in stored(select(Committee))] == [me]


def test_only_who_is_granted_it_lays_foundations(fresh_app, admin, stored):
    department = stored(select(Department.id).where(Department.code == "BIZ1"))[0]
    engage(admin, "pm", "PM_A", department=department)
    manager = Person(fresh_app, "pm@qinghe.example", TYPED)
    for path in ("/first-steps", "/institutions/new", "/products/new", "/committee/committees/new"):
        assert manager.client.get(path).status_code == 403, path
    assert "登记机构" not in manager.page("/institutions")
    assert manager.send("/institutions", kind="BANK", name="x", short_name="x").status_code == 403
