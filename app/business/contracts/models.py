"""Tables of the contracts room: contracts and their parties, seals, voiding, counter-guarantees, archive.

Source: domain entities §6–7; domain processes §8.3, §8.5.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.business.contracts.rules import ContractKind, ContractStatus
from app.core import clock
from app.core.db import EncryptedText, EnumText, Fen, JsonText, Model, Moment


class SignMode(StrEnum):
    """On paper with scans and photos, or electronically."""

    PAPER = "PAPER"
    E_SIGN = "E_SIGN"


class PartyRole(StrEnum):
    """What a party is in a contract."""

    DEBTOR = "DEBTOR"
    GUARANTOR = "GUARANTOR"
    CREDITOR = "CREDITOR"
    PROVIDER = "PROVIDER"


class SealKind(StrEnum):
    """Which seal was put on the paper."""

    CONTRACT = "CONTRACT"
    COMPANY = "COMPANY"
    LEGAL_REP = "LEGAL_REP"


class CounterKind(StrEnum):
    """What stands behind the customer."""

    ASSURANCE_CORP = "ASSURANCE_CORP"
    ASSURANCE_PERSON = "ASSURANCE_PERSON"
    MORTGAGE_REAL_ESTATE = "MORTGAGE_REAL_ESTATE"
    MORTGAGE_EQUIPMENT = "MORTGAGE_EQUIPMENT"
    PLEDGE_EQUITY = "PLEDGE_EQUITY"
    PLEDGE_RECEIVABLE = "PLEDGE_RECEIVABLE"
    PLEDGE_IP = "PLEDGE_IP"
    PLEDGE_DEPOSIT = "PLEDGE_DEPOSIT"
    OTHER = "OTHER"

    @property
    def needs_registration(self) -> bool:
        """Mortgages and pledges count only when registered; assurances when signed."""
        return self.name.startswith(("MORTGAGE", "PLEDGE"))

    @property
    def contract_kind(self) -> ContractKind:
        """The kind of contract it is agreed in."""
        for start in ("MORTGAGE", "PLEDGE"):
            if self.name.startswith(start):
                return ContractKind[f"COUNTER_{start}"]
        return ContractKind.COUNTER_ASSURANCE


class CounterStatus(StrEnum):
    """Life of a counter-guarantee."""

    PROPOSED = "PROPOSED"
    SIGNED = "SIGNED"
    REGISTERED = "REGISTERED"
    RELEASED = "RELEASED"
    REALISED = "REALISED"


class CounterGuarantee(Model):
    """A measure that stands behind the customer 反担保; realisable value is valued in due diligence."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    seq: Mapped[int]
    kind: Mapped[CounterKind] = mapped_column(EnumText(CounterKind))
    provider_name: Mapped[str] = mapped_column(String(200))
    provider_customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    description: Mapped[str] = mapped_column(Text, default="")
    amount_fen: Mapped[int] = mapped_column(Fen)
    is_joint: Mapped[bool] = mapped_column(default=False)
    is_mandatory: Mapped[bool] = mapped_column(default=True)
    """Proposed in the application and so part of what was resolved. Source: domain processes §0.6 X6."""
    status: Mapped[CounterStatus] = mapped_column(EnumText(CounterStatus), default=CounterStatus.PROPOSED)
    registration_no: Mapped[str | None] = mapped_column(String(80))
    registration_org: Mapped[str | None] = mapped_column(String(200))
    registered_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    insurance_until: Mapped[date | None]
    originals_kept: Mapped[bool] = mapped_column(default=False)
    released_on: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint("project_id", "seq"),
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        CheckConstraint(
            "status <> 'REGISTERED' OR (registration_no IS NOT NULL AND registration_org IS NOT NULL"
            " AND registered_on IS NOT NULL)",
            name="registration_complete",
        ),
        CheckConstraint(
            "expires_on IS NULL OR registered_on IS NULL OR expires_on > registered_on",
            name="expires_after_registered",
        ),
        CheckConstraint("status <> 'RELEASED' OR released_on IS NOT NULL", name="released_has_day"),
    )

    @property
    def is_secured(self) -> bool:
        """Whether it holds: registered where registration makes it valid, else signed."""
        if self.kind.needs_registration:
            return self.status is CounterStatus.REGISTERED
        return self.status in {CounterStatus.SIGNED, CounterStatus.REGISTERED}


class SealRecord(Model):
    """A use of a seal 用印: which, how many copies, by whose hand. The same task writes one record."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(40))
    task_key: Mapped[str] = mapped_column(String(120))
    seal_kind: Mapped[SealKind] = mapped_column(EnumText(SealKind))
    copies: Mapped[int]
    sealed_on: Mapped[date]
    keeper_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("task_key"), CheckConstraint("copies > 0", name="copies_positive"))


class ContractVoid(Model):
    """The form a contract is voided with 合同作废单."""

    reason: Mapped[str] = mapped_column(Text)
    originals_returned: Mapped[bool] = mapped_column(default=False)
    voided_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    voided_by: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("length(reason) >= 4", name="reason_given"),)


class Contract(Model):
    """One contract. Its number stays with it when it is voided, so the numbers have no gaps."""

    contract_no: Mapped[str] = mapped_column(String(40))
    kind: Mapped[ContractKind] = mapped_column(EnumText(ContractKind))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    main_contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    counter_guarantee_id: Mapped[int | None] = mapped_column(ForeignKey("counter_guarantee.id"))
    creditor_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    risk_share_scheme_id: Mapped[int | None] = mapped_column(ForeignKey("risk_share_scheme.id"))
    template: Mapped[str] = mapped_column(String(120))
    """Name of the Word template in the release the case runs on."""
    amount_fen: Mapped[int] = mapped_column(Fen)
    is_maximum_amount: Mapped[bool] = mapped_column(default=False)
    start_date: Mapped[date]
    end_date: Mapped[date]
    status: Mapped[ContractStatus] = mapped_column(EnumText(ContractStatus), default=ContractStatus.DRAFT)
    is_nonstandard: Mapped[bool] = mapped_column(default=False)
    nonstandard_note: Mapped[str] = mapped_column(Text, default="")
    drafted_by: Mapped[int | None] = mapped_column(BigInteger)
    reviewed_by: Mapped[int | None] = mapped_column(BigInteger)
    review_opinion: Mapped[str] = mapped_column(Text, default="")
    nonstandard_by: Mapped[int | None] = mapped_column(BigInteger)
    signed_on: Mapped[date | None]
    sign_mode: Mapped[SignMode | None] = mapped_column(EnumText(SignMode))
    seal_record_id: Mapped[int | None] = mapped_column(ForeignKey("seal_record.id"))
    effective_at: Mapped[datetime | None] = mapped_column(Moment)
    void_id: Mapped[int | None] = mapped_column(ForeignKey("contract_void.id"), unique=True)

    parties: Mapped[list["ContractParty"]] = relationship(
        back_populates="contract", order_by="ContractParty.order_no", cascade="all, delete-orphan"
    )
    counter_guarantee: Mapped[CounterGuarantee | None] = relationship()
    void: Mapped[ContractVoid | None] = relationship()

    __table_args__ = (
        UniqueConstraint("tenant_id", "contract_no"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("end_date > start_date", name="end_after_start"),
        CheckConstraint("(status = 'VOID') = (void_id IS NOT NULL)", name="void_has_form"),
        CheckConstraint(
            "status NOT IN ('SIGNED', 'EFFECTIVE', 'CHANGED')"
            " OR (signed_on IS NOT NULL AND sign_mode IS NOT NULL)",
            name="signed_has_day",
        ),
        CheckConstraint(
            "status NOT IN ('EFFECTIVE', 'CHANGED') OR seal_record_id IS NOT NULL", name="effective_sealed"
        ),
        CheckConstraint(
            "drafted_by IS NULL OR reviewed_by IS NULL OR drafted_by <> reviewed_by", name="four_eyes"
        ),
        CheckConstraint("kind <> 'GUARANTEE' OR creditor_id IS NOT NULL", name="guarantee_names_bank"),
        Index(
            "uq_contract_one_entrust",
            "project_id",
            unique=True,
            sqlite_where=text("kind = 'ENTRUST' AND status NOT IN ('VOID', 'TERMINATED')"),
            postgresql_where=text("kind = 'ENTRUST' AND status NOT IN ('VOID', 'TERMINATED')"),
        ),
        Index(
            "uq_contract_one_per_counter_guarantee",
            "counter_guarantee_id",
            unique=True,
            sqlite_where=text("status NOT IN ('VOID', 'TERMINATED')"),
            postgresql_where=text("status NOT IN ('VOID', 'TERMINATED')"),
        ),
    )


class ContractParty(Model):
    """A party as written in the contract, and who signed for it."""

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    order_no: Mapped[int]
    role: Mapped[PartyRole] = mapped_column(EnumText(PartyRole))
    name: Mapped[str] = mapped_column(String(200))
    id_number: Mapped[str | None] = mapped_column(EncryptedText("contract_party.id_number"))
    signer: Mapped[str] = mapped_column(String(80), default="")

    contract: Mapped[Contract] = relationship(back_populates="parties")

    __table_args__ = (UniqueConstraint("contract_id", "order_no"),)


class ArchiveFile(Model):
    """The paper file of a project: what was handed over, and the box it stands in."""

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), unique=True)
    items: Mapped[list[str]] = mapped_column(JsonText, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    handed_over_by: Mapped[int | None] = mapped_column(BigInteger)
    handed_over_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    box_no: Mapped[str | None] = mapped_column(String(40))
    shelved_by: Mapped[int | None] = mapped_column(BigInteger)
    shelved_at: Mapped[datetime | None] = mapped_column(Moment)
    shelf_note: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint("(shelved_at IS NULL) = (box_no IS NULL)", name="shelved_in_a_box"),
        CheckConstraint(
            "shelved_by IS NULL OR handed_over_by IS NULL OR shelved_by <> handed_over_by", name="four_eyes"
        ),
    )
