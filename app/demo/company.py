"""Set up the demo company: organisation, permissions, committee, banks, products, parameters, customers."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.business.committee.models import Committee, CommitteeKind, CommitteeMember
from app.business.customers import operations as customers
from app.business.customers.models import Customer, RelatedGroup
from app.business.customers.operations import Holding
from app.business.customers.rules import BlackGreyFlag
from app.business.institutions import operations as institutions
from app.business.institutions.models import Institution, InstitutionKind
from app.business.institutions.operations import InstitutionData
from app.business.products.models import BusinessLine, Nature, Product
from app.company import staffing
from app.company.errors import CompanyExists
from app.company.operations import SINCE, TENANT_ID, find_company, prepare
from app.config import Settings
from app.core.db import db
from app.core.money import wan, yuan
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.demo.accounts import ACCOUNTS, PASSWORD
from app.support.identity import operations as identity
from app.support.identity import queries as people
from app.support.identity.operations import DepartmentFacts, Person
from app.workflow import definitions
from app.workflow.definitions.cli import followed_line

CODE = "DEMO"

Say = Callable[[str], object]


def seed(settings: Settings, say: Say) -> None:
    """Bring the demo company to what this release needs; running it again changes nothing that is there.

    :raises CompanyExists: a company that is not the demo's has its books here; nothing is written.
    """
    with platform_scope("demo seed"), unit_of_work():
        known = find_company()
        if known is not None and known.code != CODE:
            raise CompanyExists(name=known.name)
        if known is None:
            identity.open_tenant(CODE, "京华融资担保有限公司", tenant_id=TENANT_ID)
    with acting_as(system_actor(TENANT_ID)) as actor:
        for label, act in (
            ("组织与岗位", prepare),
            ("用户", _users),
            ("权限", _permissions),
            ("产品", _products),
            ("银行与资本", _institutions),
            ("评审委员会", _committee),
            ("客户", _customers),
            ("股东、关联集团与名单", _around_customers),
        ):
            with unit_of_work():
                act(actor)
            say(f"  {label}")
        with unit_of_work():
            told = _release(settings, actor)
        say(f"  流程发布包：{told}")


def is_demo() -> bool:
    """Whether the company whose books stand here is the demo company."""
    known = find_company()
    return known is not None and known.code == CODE


def _users(actor: Actor) -> None:
    departments = {department.code: department for department in people.list_departments()}
    for number, account in enumerate(ACCOUNTS):
        if people.find_user_by_account(account.email) is not None:
            continue
        department = departments[account.department]
        person = Person(name=account.name, mobile=f"139{number:08d}", department_id=department.id)
        user = identity.create_user(
            account.email, PASSWORD, person, role_codes=account.roles, actor=actor, must_change_password=False
        )
        if account.is_head and department.head_id is None:
            facts = DepartmentFacts(department.name, department.parent_id, user.id, department.position)
            identity.change_department(department.id, facts, row_version=department.row_version, actor=actor)


def _permissions(actor: Actor) -> None:
    """As every company, only that the administrator may look everywhere."""
    staffing.grant(actor, {**staffing.GRANTS, "ADMIN": ("*",)})


def _products(actor: Actor) -> None:
    known = set(db.session.scalars(select(Product.code)))
    for code, name, low, high, months, rates, method in _PRODUCTS:
        if code not in known:
            db.session.add(
                Product(
                    code=code,
                    name=name,
                    business_line=BusinessLine.DIRECT,
                    nature=Nature.FINANCING,
                    liability_kind="LOAN",
                    min_amount_fen=wan(low),
                    max_amount_fen=wan(high),
                    max_term_months=months,
                    min_fee_rate=Decimal(rates[0]),
                    max_fee_rate=Decimal(rates[1]),
                    process_id="proc_direct_guarantee",
                    fee_method=method,
                    required_documents=[],
                    active_from=SINCE,
                )
            )


_PRODUCTS: tuple[tuple[str, str, int, int, int, tuple[str, str], str], ...] = (
    ("ZB-LOAN", "流动资金贷款担保", 10, 3000, 36, ("0.005", "0.03"), "MONTH"),
    ("ZB-SMALL", "小微企业贷款担保", 5, 1000, 24, ("0.003", "0.015"), "MONTH"),
    ("ZB-TECH", "科技企业贷款担保", 50, 2000, 36, ("0.003", "0.02"), "MONTH"),
    ("ZB-TERM", "中期贷款担保", 50, 3000, 60, ("0.005", "0.02"), "INSTALMENT"),
)


def _institutions(actor: Actor) -> None:
    if db.session.scalar(select(Institution.id).limit(1)):
        return
    institutions.register_institution(
        InstitutionData(InstitutionKind.OWN_COMPANY, "京华融资担保有限公司", "京华担保"), actor=actor
    )
    for head_name, head_short, branches in _BANKS:
        head = institutions.register_institution(
            InstitutionData(InstitutionKind.BANK, head_name, head_short), actor=actor
        )
        _admit(head, actor)
        for branch, short in branches:
            _admit(
                institutions.register_institution(
                    InstitutionData(InstitutionKind.BANK_BRANCH, branch, short, parent_id=head.id), actor=actor
                ),
                actor,
            )
    institutions.record_capital(
        CAPITAL_SINCE, net_assets_fen=yuan(1_200_000_000), source="2025 年度审计报告", actor=actor
    )


CAPITAL_SINCE = date(2025, 12, 31)
_BANKS = (
    (
        "北方商业银行",
        "北方银行",
        (("北方商业银行朝阳支行", "北方朝阳"), ("北方商业银行海淀支行", "北方海淀")),
    ),
    ("京城农村商业银行", "京城农商", (("京城农村商业银行通州支行", "京农通州"),)),
)


def _admit(bank: Institution, actor: Actor) -> None:
    institutions.admit(bank.id, agreement_no=f"HZ-{bank.institution_no}", agreement_from=SINCE, actor=actor)


def _committee(actor: Actor) -> None:
    if db.session.scalar(select(Committee.id).limit(1)):
        return
    chair = people.users_with_role("COMMITTEE_CHAIR")[0]
    committee = Committee(code="PSH", name="项目评审委员会", kind=CommitteeKind.PROJECT_REVIEW, chair_id=chair.id)
    db.session.add(committee)
    db.session.flush()
    for user in people.users_with_role("COMMITTEE_MEMBER"):
        db.session.add(CommitteeMember(committee_id=committee.id, user_id=user.id, valid_from=SINCE))


def _customers(actor: Actor) -> None:
    if db.session.scalar(select(Customer.id).limit(1)):
        return
    for name, uscc, region, industry, staff, revenue, assets, head in _ENTERPRISES:
        customers.register_enterprise(
            customers.CustomerData(
                name=name,
                region_code=region,
                industry_code=industry,
                contact_name=head,
                contact_mobile="13800138000",
            ),
            customers.EnterpriseData(
                uscc=uscc,
                legal_rep_name=head,
                reg_capital_fen=wan(1000),
                establish_date=date(2015, 6, 18),
                reg_address="北京市朝阳区建国路 88 号",
                business_scope="技术开发、技术服务；销售机械设备、电子产品。",
                employee_count=staff,
                annual_revenue_fen=wan(revenue),
                total_assets_fen=wan(assets),
            ),
            actor=actor,
        )


def _around_customers(actor: Actor) -> None:
    """Shareholders, a group, and a request about the grey list that waits for the head of risk."""
    if db.session.scalar(select(RelatedGroup.id).limit(1)):
        return
    first, *_others, last = db.session.scalars(select(Customer).order_by(Customer.customer_no)).all()
    shares = [Holding("刘振东", Decimal(80)), Holding("张文", Decimal(20))]
    customers.record_shareholders(first.id, CAPITAL_SINCE, shares, actor=actor)
    group = customers.open_group("华新系", first.id, actor=actor)
    customers.join_group(group.id, last.id, relation="同一实际控制人", evidence="工商登记信息", actor=actor)
    reviewer = people.users_with_role("RISK_REVIEWER")[0]
    customers.ask_list_change(
        last.id,
        BlackGreyFlag.GREY,
        reason="近三个月新增两起买卖合同纠纷，需关注",
        evidence="中国裁判文书网查询结果",
        actor=Actor(tenant_id=TENANT_ID, name=reviewer.name, user_id=reviewer.id),
    )


_ENTERPRISES = (
    ("北京华新精密机械有限公司", "91110108MA01AB2C3T", "110108", "C3599", 86, 5200, 4300, "刘振东"),
    ("北京绿源农业科技有限公司", "91110105067345126Q", "110105", "A0141", 32, 1800, 2100, "张秀兰"),
    ("北京云图软件技术有限公司", "91110114MA00XY7K8D", "110114", "I6513", 45, 2600, 1900, "黄凯"),
    ("北京恒达建材贸易有限公司", "91110106592348712H", "110106", "F5165", 18, 4100, 2500, "马国庆"),
)


def _release(settings: Settings, actor: Actor) -> str:
    """Bring the folder into force unless a person chose another release; what was done."""
    return followed_line(definitions.follow(definitions.read_folder(settings.analysts_root), actor=actor))
