"""Tables of the institutions room. Source: domain/entities.md §2, §11 (capital position)."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import EncryptedText, EnumText, Fen, Model


class InstitutionKind(StrEnum):
    """What an institution is to us; OWN_COMPANY is the tenant itself."""

    OWN_COMPANY = "OWN_COMPANY"
    PARTNER_GUARANTOR = "PARTNER_GUARANTOR"
    BANK = "BANK"
    BANK_BRANCH = "BANK_BRANCH"
    NATIONAL_FUND = "NATIONAL_FUND"
    LOCAL_GOV_FUND = "LOCAL_GOV_FUND"
    REGULATOR = "REGULATOR"
    LAW_FIRM = "LAW_FIRM"
    APPRAISER = "APPRAISER"
    AUDITOR = "AUDITOR"


BANK_KINDS = frozenset({InstitutionKind.BANK, InstitutionKind.BANK_BRANCH})


class AdmissionStatus(StrEnum):
    """Whether we take new business with it 机构准入."""

    APPLYING = "APPLYING"
    ADMITTED = "ADMITTED"
    SUSPENDED = "SUSPENDED"
    EXITED = "EXITED"


class Institution(Model):
    """A company or authority we deal with; banks form a tree 总行→分行→支行."""

    institution_no: Mapped[str] = mapped_column(String(16))
    kind: Mapped[InstitutionKind] = mapped_column(EnumText(InstitutionKind))
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(60))
    uscc: Mapped[str | None] = mapped_column(String(18))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    depth: Mapped[int] = mapped_column(default=1)
    license_no: Mapped[str | None] = mapped_column(String(60))
    license_expire: Mapped[date | None] = mapped_column(Date)
    rating: Mapped[str | None] = mapped_column(String(10))
    rating_agency: Mapped[str | None] = mapped_column(String(100))
    has_gov_background: Mapped[bool] = mapped_column(default=False)
    admission_status: Mapped[AdmissionStatus] = mapped_column(
        EnumText(AdmissionStatus), default=AdmissionStatus.APPLYING
    )
    admitted_on: Mapped[date | None] = mapped_column(Date)
    agreement_no: Mapped[str | None] = mapped_column(String(60))
    agreement_from: Mapped[date | None] = mapped_column(Date)
    agreement_to: Mapped[date | None] = mapped_column(Date)
    settlement_account: Mapped[str | None] = mapped_column(EncryptedText("institution.settlement_account"))
    contact_name: Mapped[str | None] = mapped_column(String(50))
    contact_phone: Mapped[str | None] = mapped_column(EncryptedText("institution.contact_phone"))

    parent: Mapped["Institution | None"] = relationship(remote_side="Institution.id")

    __table_args__ = (
        UniqueConstraint("tenant_id", "institution_no"),
        UniqueConstraint("tenant_id", "name"),
        Index(
            "uq_institution_own_company",
            "tenant_id",
            unique=True,
            sqlite_where=text("kind = 'OWN_COMPANY'"),
            postgresql_where=text("kind = 'OWN_COMPANY'"),
        ),
        CheckConstraint("depth BETWEEN 1 AND 5", name="tree_depth"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
        CheckConstraint(
            "admission_status <> 'ADMITTED' OR kind = 'OWN_COMPANY'"
            " OR (admitted_on IS NOT NULL AND agreement_no IS NOT NULL AND agreement_from IS NOT NULL)",
            name="admitted_with_agreement",
        ),
        CheckConstraint("kind <> 'PARTNER_GUARANTOR' OR license_no IS NOT NULL", name="guarantor_has_license"),
        CheckConstraint(
            "agreement_to IS NULL OR agreement_from IS NULL OR agreement_to >= agreement_from",
            name="agreement_order",
        ),
    )

    @property
    def is_bank(self) -> bool:
        """Whether it lends, so that it may be creditor of a loan guarantee."""
        return self.kind in BANK_KINDS

    def is_open_on(self, day: date) -> bool:
        """Whether new business may be taken with it on ``day``: admitted, agreement in force."""
        return (
            self.admission_status is AdmissionStatus.ADMITTED
            and self.agreement_from is not None
            and self.agreement_from <= day
            and (self.agreement_to is None or day <= self.agreement_to)
        )


class CapitalPosition(Model):
    """Our capital on one day; the newest one not after a day holds for it. Corrections are new rows later.

    ``equity_in_guarantors_fen`` is what limits take off the net assets. Source: domain/rules.md §10–12.
    """

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    as_of: Mapped[date] = mapped_column(Date)
    net_assets_fen: Mapped[int] = mapped_column(Fen)
    equity_in_guarantors_fen: Mapped[int] = mapped_column(Fen, default=0)
    source: Mapped[str] = mapped_column(String(200))

    institution: Mapped[Institution] = relationship()

    __table_args__ = (
        UniqueConstraint("institution_id", "as_of"),
        CheckConstraint("equity_in_guarantors_fen >= 0", name="equity_not_negative"),
    )

    @property
    def counted_fen(self) -> int:
        """What leverage and concentration are divided by."""
        return self.net_assets_fen - self.equity_in_guarantors_fen
