"""Tables of the customers room. Source: domain/entities.md §1.

Identity numbers and mobiles are encrypted; ``id_index`` is the keyed fingerprint equality is searched by.
Users are referred to by id only. Figures are integer fen as of the day named beside them.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.business.customers.rules import BlackGreyFlag, CustomerClass, CustomerType
from app.core.db import EncryptedText, EnumText, Fen, Model, Moment, Percent


class IdType(StrEnum):
    """What kind of number identifies a customer."""

    USCC = "USCC"
    ZHONGZHENG = "ZHONGZHENG"
    ORG_CODE = "ORG_CODE"
    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO = "HK_MACAO"
    TAIWAN = "TAIWAN"
    OTHER = "OTHER"


class CustomerStatus(StrEnum):
    """PROSPECT until the first application; BLACKLISTED follows the flag BLACK."""

    PROSPECT = "PROSPECT"
    ACTIVE = "ACTIVE"
    DORMANT = "DORMANT"
    BLACKLISTED = "BLACKLISTED"


class RegStatus(StrEnum):
    """Registration status 登记状态, normalised; the raw text is kept beside it."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    CANCELLED = "CANCELLED"
    MOVED = "MOVED"
    SUSPENDED = "SUSPENDED"
    OTHER = "OTHER"


class KeyRole(StrEnum):
    """What a key person is to a company."""

    LEGAL_REP = "LEGAL_REP"
    ACTUAL_CONTROLLER = "ACTUAL_CONTROLLER"
    DIRECTOR = "DIRECTOR"
    SUPERVISOR = "SUPERVISOR"
    EXECUTIVE = "EXECUTIVE"
    CFO = "CFO"


class PeriodKind(StrEnum):
    """How long a statement's period is."""

    YEAR = "YEAR"
    HALF = "HALF"
    QUARTER = "QUARTER"
    MONTH = "MONTH"


class FactSource(StrEnum):
    """Where a figure comes from: told by the customer, or found in our own investigation or a report."""

    DECLARED = "DECLARED"
    DILIGENCE = "DILIGENCE"
    REPORT = "REPORT"


class Customer(Model):
    """A company or person we guarantee for; one row per identity number and tenant.

    A merged row stays with its number and points to the row that lives on.
    """

    customer_no: Mapped[str] = mapped_column(String(20))
    customer_type: Mapped[CustomerType] = mapped_column(EnumText(CustomerType))
    name: Mapped[str] = mapped_column(String(200), index=True)
    id_type: Mapped[IdType] = mapped_column(EnumText(IdType))
    id_number: Mapped[str] = mapped_column(EncryptedText("customer.id_number"))
    id_index: Mapped[str] = mapped_column(String(64))
    customer_class: Mapped[CustomerClass] = mapped_column(EnumText(CustomerClass))
    class_reason: Mapped[str] = mapped_column(String(300), default="")
    is_sannong: Mapped[bool] = mapped_column(default=False)
    is_first_guarantee: Mapped[bool] = mapped_column(default=False)
    is_tech: Mapped[bool] = mapped_column(default=False)
    is_strategic_emerging: Mapped[bool] = mapped_column(default=False)
    is_gov_platform: Mapped[bool] = mapped_column(default=False)
    is_state_owned: Mapped[bool] = mapped_column(default=False)
    is_related_party: Mapped[bool] = mapped_column(default=False)
    """Related to our own company: shareholder, director, or controlled by one. Source: processes §0.9."""
    region_code: Mapped[str] = mapped_column(String(6))
    industry_code: Mapped[str] = mapped_column(String(6))
    contact_name: Mapped[str] = mapped_column(String(50))
    contact_mobile: Mapped[str] = mapped_column(EncryptedText("customer.contact_mobile"))
    black_grey_flag: Mapped[BlackGreyFlag] = mapped_column(EnumText(BlackGreyFlag), default=BlackGreyFlag.NONE)
    flag_reason: Mapped[str | None] = mapped_column(String(500))
    status: Mapped[CustomerStatus] = mapped_column(EnumText(CustomerStatus), default=CustomerStatus.PROSPECT)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))

    enterprise: Mapped["EnterpriseDetail | None"] = relationship(back_populates="customer")
    individual: Mapped["IndividualDetail | None"] = relationship(
        back_populates="customer", foreign_keys="IndividualDetail.customer_id"
    )
    key_persons: Mapped[list["KeyPerson"]] = relationship(back_populates="customer")
    statements: Mapped[list["FinancialStatement"]] = relationship(
        back_populates="customer", order_by="FinancialStatement.period_end"
    )

    __table_args__ = (
        UniqueConstraint("tenant_id", "customer_no"),
        UniqueConstraint("tenant_id", "id_type", "id_index"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("length(region_code) = 6", name="region_code_length"),
        CheckConstraint("(black_grey_flag = 'BLACK') = (status = 'BLACKLISTED')", name="black_flag_is_status"),
        CheckConstraint("black_grey_flag = 'NONE' OR flag_reason IS NOT NULL", name="flag_has_reason"),
        Index("ix_customer_tenant_id_status", "tenant_id", "status"),
    )

    @property
    def is_enterprise(self) -> bool:
        """Whether it is a company (the self-employed with a licence included)."""
        return self.customer_type is CustomerType.ENTERPRISE


class EnterpriseDetail(Model):
    """What only a company has; ``figures_as_of`` is the day of staff, revenue and assets."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    uscc: Mapped[str] = mapped_column(String(18))
    zhongzheng_code: Mapped[str | None] = mapped_column(String(16))
    reg_no: Mapped[str | None] = mapped_column(String(30))
    legal_rep_name: Mapped[str] = mapped_column(String(50))
    legal_rep_id: Mapped[str | None] = mapped_column(EncryptedText("enterprise_detail.legal_rep_id"))
    reg_capital_fen: Mapped[int | None] = mapped_column(Fen)
    paid_capital_fen: Mapped[int | None] = mapped_column(Fen)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    establish_date: Mapped[date] = mapped_column(Date)
    business_term_from: Mapped[date | None] = mapped_column(Date)
    business_term_to: Mapped[date | None] = mapped_column(Date)
    reg_status: Mapped[RegStatus] = mapped_column(EnumText(RegStatus), default=RegStatus.ACTIVE)
    reg_status_text: Mapped[str] = mapped_column(String(40), default="存续")
    org_type: Mapped[str | None] = mapped_column(String(60))
    reg_address: Mapped[str] = mapped_column(String(300))
    office_address: Mapped[str | None] = mapped_column(String(300))
    business_scope: Mapped[str | None] = mapped_column(Text)
    is_self_employed: Mapped[bool] = mapped_column(default=False)
    employee_count: Mapped[int | None]
    annual_revenue_fen: Mapped[int | None] = mapped_column(Fen)
    total_assets_fen: Mapped[int | None] = mapped_column(Fen)
    figures_as_of: Mapped[date | None] = mapped_column(Date)
    basic_account_bank: Mapped[str | None] = mapped_column(String(100))
    basic_account_no: Mapped[str | None] = mapped_column(EncryptedText("enterprise_detail.basic_account_no"))
    taxpayer_grade: Mapped[str | None] = mapped_column(String(1))

    customer: Mapped[Customer] = relationship(back_populates="enterprise")

    __table_args__ = (
        UniqueConstraint("tenant_id", "uscc"),
        CheckConstraint("length(uscc) = 18", name="uscc_length"),
        CheckConstraint("employee_count IS NULL OR employee_count >= 0", name="employee_count_not_negative"),
        CheckConstraint("annual_revenue_fen IS NULL OR annual_revenue_fen >= 0", name="revenue_not_negative"),
        CheckConstraint("total_assets_fen IS NULL OR total_assets_fen >= 0", name="assets_not_negative"),
        CheckConstraint(
            "taxpayer_grade IS NULL OR taxpayer_grade IN ('A','B','C','D','M')", name="taxpayer_grade"
        ),
        CheckConstraint(
            "business_term_to IS NULL OR business_term_from IS NULL OR business_term_to > business_term_from",
            name="business_term_order",
        ),
    )


class IndividualDetail(Model):
    """What only a person has; birth date and gender are those of the identity number."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    gender: Mapped[str] = mapped_column(String(6))
    birth_date: Mapped[date] = mapped_column(Date)
    marital_status: Mapped[str | None] = mapped_column(String(20))
    spouse_customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    address: Mapped[str] = mapped_column(String(300))
    is_farmer: Mapped[bool] = mapped_column(default=False)
    is_micro_owner: Mapped[bool] = mapped_column(default=False)
    owned_enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    farm_kind: Mapped[str | None] = mapped_column(String(40))
    farm_scale: Mapped[str | None] = mapped_column(String(40))
    annual_income_fen: Mapped[int | None] = mapped_column(Fen)
    household_debt_fen: Mapped[int | None] = mapped_column(Fen)
    employer: Mapped[str | None] = mapped_column(String(200))

    customer: Mapped[Customer] = relationship(back_populates="individual", foreign_keys=customer_id)

    __table_args__ = (
        CheckConstraint("gender IN ('MALE', 'FEMALE')", name="gender"),
        CheckConstraint("NOT is_micro_owner OR owned_enterprise_id IS NOT NULL", name="owner_names_enterprise"),
        CheckConstraint("NOT is_farmer OR farm_kind IS NOT NULL", name="farmer_names_farm"),
    )


class CustomerNameHistory(Model):
    """A name a customer had until ``until_date``, that day excluded."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    until_date: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(300))


class Shareholder(Model):
    """A holder's share of a company on one day; the shares of a day add up to at most 100 percent."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    as_of: Mapped[date] = mapped_column(Date)
    holder_name: Mapped[str] = mapped_column(String(200))
    holder_id: Mapped[str | None] = mapped_column(EncryptedText("shareholder.holder_id"))
    ratio_pct: Mapped[Decimal] = mapped_column(Percent)
    paid_fen: Mapped[int | None] = mapped_column(Fen)

    __table_args__ = (
        UniqueConstraint("customer_id", "as_of", "holder_name"),
        CheckConstraint("CAST(ratio_pct AS NUMERIC) >= 0 AND CAST(ratio_pct AS NUMERIC) <= 100", name="ratio_pct"),
    )


class KeyPerson(Model):
    """Somebody who runs or controls a customer; ``until_date`` (excluded) when it ended."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    role: Mapped[KeyRole] = mapped_column(EnumText(KeyRole))
    name: Mapped[str] = mapped_column(String(50))
    id_number: Mapped[str | None] = mapped_column(EncryptedText("key_person.id_number"))
    id_index: Mapped[str | None] = mapped_column(String(64))
    ratio_pct: Mapped[Decimal | None] = mapped_column(Percent)
    source: Mapped[FactSource] = mapped_column(EnumText(FactSource), default=FactSource.DECLARED)
    until_date: Mapped[date | None] = mapped_column(Date)

    customer: Mapped[Customer] = relationship(back_populates="key_persons")

    __table_args__ = (
        Index(
            "uq_key_person_current",
            "customer_id",
            "role",
            "id_index",
            unique=True,
            sqlite_where=text("until_date IS NULL"),
            postgresql_where=text("until_date IS NULL"),
        ),
        CheckConstraint("(id_number IS NULL) = (id_index IS NULL)", name="id_number_with_index"),
    )


class RelatedGroup(Model):
    """Customers that count as one for the group limit 集团/关联方."""

    group_no: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    core_customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))

    __table_args__ = (UniqueConstraint("tenant_id", "group_no"),)


class RelatedGroupMember(Model):
    """A customer's time in a group; it is in at most one at a time."""

    group_id: Mapped[int] = mapped_column(ForeignKey("related_group.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    relation: Mapped[str] = mapped_column(String(60))
    evidence: Mapped[str | None] = mapped_column(String(300))
    from_date: Mapped[date] = mapped_column(Date)
    until_date: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        Index(
            "uq_related_group_member_active",
            "customer_id",
            unique=True,
            sqlite_where=text("until_date IS NULL"),
            postgresql_where=text("until_date IS NULL"),
        ),
        CheckConstraint("until_date IS NULL OR until_date >= from_date", name="membership_order"),
    )


class ListChangeState(StrEnum):
    """Life of a request to put a customer on a list or take it off."""

    ASKED = "ASKED"
    CONFIRMED = "CONFIRMED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class ListChange(Model):
    """A request to move a customer between no list, the grey and the black list; a second person decides.

    Source: domain/processes.md §9.8.
    """

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    from_flag: Mapped[BlackGreyFlag] = mapped_column(EnumText(BlackGreyFlag))
    to_flag: Mapped[BlackGreyFlag] = mapped_column(EnumText(BlackGreyFlag))
    reason: Mapped[str] = mapped_column(String(500))
    evidence: Mapped[str] = mapped_column(String(500))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[ListChangeState] = mapped_column(EnumText(ListChangeState), default=ListChangeState.ASKED)
    asked_by: Mapped[int] = mapped_column(BigInteger)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision_note: Mapped[str] = mapped_column(String(500), default="")

    customer: Mapped[Customer] = relationship()

    __table_args__ = (
        CheckConstraint("from_flag <> to_flag", name="flag_changes"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by OR state = 'WITHDRAWN'", name="four_eyes"),
        CheckConstraint("(state = 'ASKED') = (decided_at IS NULL)", name="decided_at_its_end"),
        Index(
            "uq_list_change_one_open",
            "customer_id",
            unique=True,
            sqlite_where=text("state = 'ASKED'"),
            postgresql_where=text("state = 'ASKED'"),
        ),
    )

    @property
    def leaves_black_list(self) -> bool:
        """Whether it takes the customer off the black list, which only the head of risk decides."""
        return self.from_flag is BlackGreyFlag.BLACK


class FinancialStatement(Model):
    """Key figures of balance sheet, income and cash flow of one period; a correction is a new version.

    Assets = liabilities + equity, to one yuan. Source: domain/entities.md §1.4.
    """

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    period_end: Mapped[date] = mapped_column(Date)
    period_kind: Mapped[PeriodKind] = mapped_column(EnumText(PeriodKind))
    version: Mapped[int] = mapped_column(default=1)
    is_audited: Mapped[bool] = mapped_column(default=False)
    total_assets_fen: Mapped[int] = mapped_column(Fen)
    total_liabilities_fen: Mapped[int] = mapped_column(Fen)
    equity_fen: Mapped[int] = mapped_column(Fen)
    revenue_fen: Mapped[int] = mapped_column(Fen)
    net_profit_fen: Mapped[int] = mapped_column(Fen)
    operating_cash_fen: Mapped[int | None] = mapped_column(Fen)
    source: Mapped[FactSource] = mapped_column(EnumText(FactSource), default=FactSource.DECLARED)

    customer: Mapped[Customer] = relationship(back_populates="statements")

    __table_args__ = (
        UniqueConstraint("customer_id", "period_end", "period_kind", "version"),
        CheckConstraint("abs(total_assets_fen - total_liabilities_fen - equity_fen) <= 100", name="balances"),
        CheckConstraint("total_assets_fen >= 0 AND total_liabilities_fen >= 0", name="totals_not_negative"),
        CheckConstraint("version > 0", name="version_positive"),
    )


class CreditAuth(Model):
    """A customer's written leave to query its credit and other data 征信授权书.

    Source: 征信业管理条例 art. 18, 29; domain/entities.md §13.
    """

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    scope: Mapped[str] = mapped_column(String(60), default="ALL")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("customer_id", "document_id"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity_order"),
    )
