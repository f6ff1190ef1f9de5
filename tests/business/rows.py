"""Rows the page tests stand on: a company, its bank and product, a customer, a project with all around it."""

import secrets
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.business.committee.models import (
    AgendaItem,
    Committee,
    CommitteeKind,
    ConditionItem,
    ConditionStatus,
    ItemResult,
    Meeting,
    PanelMember,
    Resolution,
    ResolutionStatus,
    Vote,
)
from app.business.committee.rules import MeetingMode, VoteOption
from app.business.contracts.models import (
    Contract,
    ContractParty,
    CounterGuarantee,
    CounterKind,
    CounterStatus,
    PartyRole,
    SealKind,
    SealRecord,
    SignMode,
)
from app.business.contracts.rules import ContractKind, ContractStatus
from app.business.customers import operations as customers
from app.business.customers.models import Customer
from app.business.diligence.models import (
    ActualController,
    CounterValuation,
    DiligenceStatement,
    DueDiligenceReport,
    ReviewReport,
    RiskReview,
)
from app.business.fees import operations as fees
from app.business.fees.models import (
    DepositAccount,
    FeeItem,
    FeePlan,
    FeeRefund,
    FeeWaiver,
    RefundReason,
    WaiverStatus,
)
from app.business.fees.rules import FeeMethod
from app.business.institutions import operations as institutions
from app.business.institutions.models import Institution, InstitutionKind
from app.business.ledger import operations as ledger
from app.business.ledger.models import LoanDrawing
from app.business.ledger.rules import EntryKind
from app.business.letters.models import DisbursementNotice, DisbursementReview, NoticeStatus
from app.business.products import operations as products
from app.business.products.models import BusinessLine, Nature, Product, RiskShareScheme
from app.business.products.rules import STANDARD_SCHEMES
from app.business.projects import operations as projects
from app.business.projects.models import Project, ProjectStatus
from app.business.projects.rules import Phase
from app.core import clock
from app.core.db import db
from app.core.money import wan
from app.core.tenancy import Actor

SINCE = date(2020, 1, 1)
USCC = "91110108MA01AB2C3T"
USCC_2 = "91110105067345126Q"
RESIDENT_ID = "11010519491231002X"


def a_company(actor: Actor, *, name: str = "北京华新精密机械有限公司", uscc: str = USCC, **more: Any) -> Customer:
    data = {
        "name": name,
        "region_code": "110108",
        "industry_code": "C3599",
        "contact_name": "刘振东",
        "contact_mobile": "13800138000",
    }
    return customers.register_enterprise(
        customers.CustomerData(**{**data, **more}),
        customers.EnterpriseData(
            uscc=uscc,
            legal_rep_name="刘振东",
            legal_rep_id=RESIDENT_ID,
            reg_capital_fen=wan(1000),
            establish_date=date(2015, 6, 18),
            reg_address="北京市海淀区中关村大街 18 号科技大厦 B 座 1206 室",
            business_scope="技术开发、技术服务；销售机械设备、电子产品。",
            employee_count=86,
            annual_revenue_fen=wan(5200),
            total_assets_fen=wan(4300),
        ),
        actor=actor,
    )


def a_person(actor: Actor, *, name: str = "李桂芬", id_number: str = RESIDENT_ID) -> Customer:
    return customers.register_individual(
        customers.CustomerData(
            name=name, region_code="110105", industry_code="A0141", contact_name=name, contact_mobile="13911112222"
        ),
        customers.PersonData(
            id_number=id_number, address="北京市通州区张家湾镇某村 12 号", is_farmer=True, farm_kind="设施蔬菜种植"
        ),
        actor=actor,
    )


def a_bank(actor: Actor, name: str = "北方商业银行朝阳支行") -> Institution:
    head = institutions.register_institution(
        institutions.InstitutionData(kind=InstitutionKind.BANK, name=f"{name}总行", short_name="北方商行"),
        actor=actor,
    )
    bank = institutions.register_institution(
        institutions.InstitutionData(
            kind=InstitutionKind.BANK_BRANCH, name=name, short_name="北方朝阳支行", parent_id=head.id
        ),
        actor=actor,
    )
    return institutions.admit(bank.id, agreement_no="HZ-2025-018", agreement_from=SINCE, actor=actor)


def a_product(code: str = "ZB-LOAN", name: str = "流动资金贷款担保") -> Product:
    product = Product(
        code=code,
        name=name,
        business_line=BusinessLine.DIRECT,
        nature=Nature.FINANCING,
        liability_kind="LOAN",
        min_amount_fen=wan(10),
        max_amount_fen=wan(3000),
        max_term_months=36,
        min_fee_rate=Decimal("0.005"),
        max_fee_rate=Decimal("0.03"),
        process_id="proc_direct_guarantee",
        required_documents=["营业执照", "近两年财务报表"],
        active_from=SINCE,
    )
    db.session.add(product)
    db.session.flush()
    return product


def a_scheme(actor: Actor, code: str = "S4222") -> RiskShareScheme:
    return products.define_scheme(
        code, "4-2-2-2（原担保40/再担保20/国担20/银行20）", STANDARD_SCHEMES[code], active_from=SINCE, actor=actor
    )


@dataclass
class World:
    """What a project hangs on."""

    customer: Customer
    bank: Institution
    product: Product
    scheme: RiskShareScheme


def a_world(actor: Actor) -> World:
    return World(a_company(actor), a_bank(actor), a_product(), a_scheme(actor))


def a_project(
    world: World, number: int = 1, *, status: ProjectStatus = ProjectStatus.IN_DD, **more: Any
) -> Project:
    values: dict[str, Any] = {
        "project_no": f"ZB202611{number:06d}",
        "business_line": BusinessLine.DIRECT,
        "product_id": world.product.id,
        "customer_id": world.customer.id,
        "creditor_id": world.bank.id,
        "risk_share_scheme_id": world.scheme.id,
        "applied_amount_fen": wan(300),
        "loan_amount_fen": wan(300),
        "guarantee_ratio_pct": Decimal(100),
        "term_months": 12,
        "fee_rate": Decimal("0.015"),
        "purpose": "采购数控机床配套钢材及支付加工费",
        "repayment_source": "下游主机厂回款",
        "counter_mode": "COMBINED",
        "contact_name": "刘振东",
        "contact_mobile": "13800138000",
        "tags": ["POLICY_SMALL", "TECH"],
        "status": status,
        "phase": Phase.DUE_DILIGENCE,
        "process_instance_id": secrets.randbelow(2**40) + 1,
    }
    project = Project(**{**values, **more})
    db.session.add(project)
    db.session.flush()
    return project


def a_project_in_force(world: World, actor: Actor, *, managers: tuple[int, int]) -> Project:
    """A project with rows in every room above it."""
    a, b = managers
    project = a_project(
        world,
        status=ProjectStatus.CONDITIONS_MET,
        phase=Phase.DISBURSEMENT,
        approved_amount_fen=wan(300),
        contract_amount_fen=wan(280),
        approval_valid_to=date(2027, 2, 28),
        approved_at=clock.now(),
        start_date=date(2026, 3, 2),
        end_date=date(2027, 3, 1),
        pm_a_id=a,
        pm_b_id=b,
    )
    projects.record_opinion(
        project,
        node_id="department_review",
        task_key="1:1",
        decision="AGREE",
        opinion="客户主业清晰，还款来源可靠，同意报审。",
        actor=actor,
    )
    _diligence(project, a, b)
    _committee(project, world, a)
    _contracts(project, world, a)
    _fees(project, a, b, actor)
    projects.move(project, ProjectStatus.IN_FORCE, actor=actor, reason="银行放款")
    _ledger(project, actor)
    db.session.flush()
    return project


def _diligence(project: Project, a: int, b: int) -> None:
    report = DueDiligenceReport(
        project_id=project.id,
        version=1,
        visited_at=date(2026, 2, 3),
        visit_place="海淀区厂区及仓库",
        photo_document_ids=["1", "2", "3"],
        tax_revenue_fen=wan(5000),
        opinion_a="实地查看产线满负荷，订单充足，建议同意。",
        opinion_b="同意 A 角意见。",
        signed_a=a,
        signed_a_at=clock.now(),
        signed_b=b,
        signed_b_at=clock.now(),
        is_closed=True,
        statements=[
            DiligenceStatement(
                period_end=date(year, 12, 31),
                period_kind="YEAR",
                total_assets_fen=wan(assets),
                total_liabilities_fen=wan(debts),
                equity_fen=wan(assets - debts),
                revenue_fen=wan(revenue),
                net_profit_fen=wan(profit),
                operating_cash_fen=wan(cash),
            )
            for year, assets, debts, revenue, profit, cash in (
                (2024, 3900, 2100, 4700, 260, 310),
                (2025, 4300, 2200, 5200, 305, -45),
            )
        ],
        controllers=[ActualController(name="刘振东", id_number=RESIDENT_ID, ratio_pct=Decimal("72.5"))],
        valuations=[
            CounterValuation(
                name="海淀区厂房", kind="MORTGAGE_REAL_ESTATE", appraised_fen=wan(420), discount_pct=Decimal(70)
            )
        ],
    )
    db.session.add(report)
    db.session.flush()
    db.session.add_all(
        [
            RiskReview(
                project_id=project.id,
                version=1,
                reviewer_id=b,
                decision="AGREE_COND",
                score=82,
                findings={"risk_points": "下游集中度较高"},
                conditions=[{"text": "落实厂房抵押登记"}],
                diligence_version=1,
            ),
            ReviewReport(
                project_id=project.id,
                version=1,
                diligence_id=report.id,
                suggested_amount_fen=wan(300),
                suggested_term_months=12,
                suggested_fee_rate="0.015",
                conclusion="建议同意担保 300 万元，期限 12 个月。",
                is_final=True,
                is_frozen=True,
            ),
        ]
    )
    db.session.flush()


def _committee(project: Project, world: World, member: int) -> None:
    committee = Committee(code="PSH", name="项目评审委员会", kind=CommitteeKind.PROJECT_REVIEW, chair_id=member)
    db.session.add(committee)
    db.session.flush()
    meeting = Meeting(
        meeting_no="PSH2026-012", committee_id=committee.id, mode=MeetingMode.ONSITE, planned_at=clock.now()
    )
    db.session.add(meeting)
    db.session.flush()
    report = db.session.query(ReviewReport).filter_by(project_id=project.id).one()
    item = AgendaItem(
        meeting_id=meeting.id,
        project_id=project.id,
        order_no=1,
        report_id=report.id,
        report_version=1,
        panel_seed="seed",
        panel_size=5,
        result=ItemResult.END_PASS_COND,
        is_open=False,
        panel=[
            PanelMember(user_id=member, seat=1, is_chair=True, declared_at=clock.now(), signed_in_at=clock.now())
        ],
    )
    db.session.add(item)
    db.session.flush()
    db.session.add(
        Vote(
            agenda_item_id=item.id,
            member_id=member,
            option=VoteOption.APPROVE_COND,
            conditions="落实抵押登记",
            is_closed=True,
        )
    )
    db.session.flush()
    item.counted = {
        "entitled": 5,
        "quorum_needed": 4,
        "attending": 5,
        "pass_needed": 4,
        "votes": {"APPROVE": 3, "APPROVE_COND": 2},
        "result": "PASS_COND",
    }
    resolution = Resolution(
        resolution_no="PF2026-031",
        project_id=project.id,
        agenda_item_id=item.id,
        amount_fen=wan(300),
        term_months=12,
        fee_rate=Decimal("0.015"),
        risk_share_scheme_id=world.scheme.id,
        guarantee_mode="JOINT_SEVERAL",
        valid_days=180,
        valid_to=date(2027, 2, 28),
        status=ResolutionStatus.ISSUED,
        issued_by=member,
        issued_at=clock.now(),
        conditions=[
            ConditionItem(
                seq=1,
                kind="COUNTER_GUARANTEE",
                text="落实厂房抵押登记",
                is_mandatory=True,
                responsible="A角",
                status=ConditionStatus.VERIFIED,
                verified_by=member,
                verified_at=clock.now(),
            )
        ],
    )
    db.session.add(resolution)
    db.session.flush()


def _contracts(project: Project, world: World, keeper: int) -> None:
    counter = CounterGuarantee(
        project_id=project.id,
        seq=1,
        kind=CounterKind.MORTGAGE_REAL_ESTATE,
        provider_name="刘振东",
        description="海淀区厂房 820 平方米",
        amount_fen=wan(300),
        status=CounterStatus.REGISTERED,
        registration_no="京（2026）海不动产证明第 0012345 号",
        registration_org="海淀区不动产登记中心",
        registered_on=date(2026, 2, 26),
    )
    seal = SealRecord(
        project_id=project.id,
        purpose="CONTRACTS",
        task_key="1:9",
        seal_kind=SealKind.CONTRACT,
        copies=4,
        sealed_on=date(2026, 2, 27),
        keeper_id=keeper,
    )
    db.session.add_all([counter, seal])
    db.session.flush()
    common: dict[str, Any] = {
        "project_id": project.id,
        "amount_fen": wan(280),
        "start_date": date(2026, 3, 2),
        "end_date": date(2027, 3, 1),
        "template": "x",
        "status": ContractStatus.EFFECTIVE,
        "signed_on": date(2026, 2, 27),
        "sign_mode": SignMode.PAPER,
        "seal_record_id": seal.id,
    }
    db.session.add_all(
        [
            Contract(
                contract_no="WT2026-0031",
                kind=ContractKind.ENTRUST,
                parties=[ContractParty(order_no=1, role=PartyRole.DEBTOR, name=world.customer.name)],
                **common,
            ),
            Contract(
                contract_no="BZ2026-0031",
                kind=ContractKind.GUARANTEE,
                creditor_id=world.bank.id,
                parties=[ContractParty(order_no=1, role=PartyRole.CREDITOR, name=world.bank.name)],
                **common,
            ),
            DisbursementReview(
                project_id=project.id,
                task_key="1:11",
                approved=True,
                checklist=["CONTRACTS", "COUNTER"],
                new_dishonest_checked=True,
                opinion="条件齐备，同意放款。",
                reviewed_by=keeper,
            ),
            DisbursementNotice(
                notice_no="FK202600012",
                project_id=project.id,
                amount_fen=wan(280),
                bank_account="6222020200112233445",
                valid_until=date(2026, 12, 31),
                status=NoticeStatus.SEALED,
                seal_record_id=seal.id,
            ),
        ]
    )
    db.session.flush()


def _fees(project: Project, a: int, b: int, actor: Actor) -> None:
    resolution = db.session.query(Resolution).filter_by(project_id=project.id).one()
    db.session.add(
        FeePlan(
            project_id=project.id,
            resolution_id=resolution.id,
            method=FeeMethod.MONTH,
            basis_fen=wan(300),
            rate=Decimal("0.015"),
            months=12,
            formula="3,000,000.00 × 1.50% × 12/12 = 45,000.00 元",
            total_fen=wan("4.5"),
            items=[FeeItem(seq=1, due_date=date(2026, 3, 1), amount_fen=wan("4.5"), waived_fen=wan("0.5"))],
        )
    )
    db.session.add_all(
        [
            FeeWaiver(
                project_id=project.id,
                task_key="1:10",
                amount_fen=wan("0.5"),
                reason="首保客户，按政策减免",
                asked_by=a,
                risk_by=b,
                risk_opinion="符合减免政策",
                gm_by=b,
                gm_opinion="同意",
                status=WaiverStatus.APPLIED,
            ),
            FeeRefund(
                refund_no="TF202600003",
                project_id=project.id,
                reason=RefundReason.EARLY_RELEASE,
                source=f"test:{project.id}",
                formula="40,000.00 × 120/365 × 1 = 13,150.68 元",
                amount_fen=1_315_068,
                asked_by=a,
                approved_by=b,
            ),
            DepositAccount(project_id=project.id, received_fen=wan(10), returned_fen=wan(4)),
        ]
    )
    db.session.flush()
    receipt = fees.Receipt("北京华新精密机械有限公司", "BK20260301001", wan(3), date(2026, 3, 1))
    fees.record_receipt(project.id, receipt, actor=actor)


def _ledger(project: Project, actor: Actor) -> None:
    for amount, day, kind in (
        (200, date(2026, 3, 2), EntryKind.DISBURSE),
        (80, date(2026, 4, 10), EntryKind.DISBURSE),
        (60, date(2026, 7, 1), EntryKind.REPAY),
        (40, date(2026, 10, 8), EntryKind.REPAY),
    ):
        entry = ledger.post(
            project.id, kind, wan(amount), effective=day, source=f"test:{project.id}:{day}", note="", actor=actor
        )
        if kind is EntryKind.DISBURSE:
            db.session.add(
                LoanDrawing(
                    project_id=project.id,
                    entry_id=entry.id,
                    loan_no=f"JJ{day:%Y%m%d}",
                    amount_fen=wan(amount),
                    disbursed_on=day,
                    maturity_on=date(2027, 3, 1),
                    loan_rate=Decimal("0.0385"),
                )
            )
    db.session.flush()
