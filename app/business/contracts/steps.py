"""What the process calls in the contracts room; forms in forms/screens/contracts/ and ledger/return_originals."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.business.contracts import operations
from app.business.contracts.models import SealKind, SignMode
from app.business.contracts.operations import CounterDraft, Draft, Registration
from app.business.contracts.rules import ContractKind
from app.business.projects import queries as projects
from app.workflow.registry import StepContext, step


def as_date(value: object) -> date:
    """A cleaned date field; ISO text when it comes from process data."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _optional_date(value: object) -> date | None:
    return as_date(value) if value else None


def _rows(ctx: StepContext, key: str) -> Sequence[Mapping[str, object]]:
    rows = ctx.form.get(key)
    return rows if isinstance(rows, list) else ()


def _text(ctx: StepContext, key: str) -> str:
    return str(ctx.form.get(key) or "")


@step("contracts.propose_counter_guarantees", label="带出反担保措施")
def propose_counter_guarantees(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task before 拟定合同: what the application proposed becomes rows the contracts can name."""
    operations.propose_counter_guarantees(projects.lock_project(project_id))
    return {}


@step("contracts.draft_set", label="拟定合同")
def draft_set(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 拟定合同; drafting again changes the same contracts."""
    form = ctx.form
    counters = [
        CounterDraft(
            kind=ContractKind(str(row["kind"])),
            counter_guarantee_id=int(str(row["counter_guarantee_id"])),
            party_name=str(row["party_name"]),
            amount_fen=int(str(row["amount_fen"])),
        )
        for row in _rows(ctx, "counter_contracts")
    ]
    draft = Draft(
        entrust_fen=int(str(form["entrust_amount_fen"])),
        guarantee_fen=int(str(form["guarantee_amount_fen"])),
        start=as_date(form["start_on"]),
        end=as_date(form["end_on"]),
        counters=counters,
        is_nonstandard=form["nonstandard"] == "YES",
        nonstandard_note=_text(ctx, "nonstandard_note"),
    )
    contracts = operations.draft_set(project_id, draft, actor=ctx.actor)
    return {"contract_ids": [contract.id for contract in contracts], "nonstandard": draft.is_nonstandard}


@step("contracts.record_legal_review", label="法务审查合同")
def record_legal_review(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 法务审查."""
    operations.record_legal_review(
        project_id, agrees=ctx.outcome == "AGREE", opinion=_text(ctx, "opinion"), actor=ctx.actor
    )
    return {}


@step("contracts.record_nonstandard", label="非标条款审批")
def record_nonstandard(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 非标条款审批."""
    operations.record_nonstandard(
        project_id, agrees=ctx.outcome == "AGREE", opinion=_text(ctx, "opinion"), actor=ctx.actor
    )
    return {}


@step("contracts.sign_set", label="签署合同")
def sign_set(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 签署合同."""
    papers = [
        paper
        for key in ("scans", "photos")
        for paper in (ctx.form.get(key) or ())  # type: ignore[attr-defined]
    ]
    operations.sign_set(
        project_id,
        signed_on=as_date(ctx.form["signed_on"]),
        sign_mode=SignMode(str(ctx.form["sign_mode"])),
        signers={str(row["party"]): str(row["signer"]) for row in _rows(ctx, "signers")},
        papers=papers,
        actor=ctx.actor,
    )
    return {}


@step("contracts.seal_set", label="合同用印")
def seal_set(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 合同用印."""
    operations.seal_set(
        project_id,
        seal_kind=SealKind(str(ctx.form["seal_kind"])),
        copies=int(str(ctx.form["copies"])),
        sealed_on=as_date(ctx.form["sealed_on"]),
        task_key=ctx.task_key,
        actor=ctx.actor,
    )
    return {}


@step("contracts.make_effective", label="合同生效")
def make_effective(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task."""
    return {"contract_amount_fen": operations.make_effective(project_id, actor=ctx.actor)}


@step("contracts.register_counter_guarantees", label="落实反担保")
def register_counter_guarantees(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 反担保落实."""
    registrations = [
        Registration(
            counter_guarantee_id=int(str(row["counter_guarantee_id"])),
            registration_no=str(row.get("registration_no") or ""),
            registration_org=str(row.get("registration_org") or ""),
            registered_on=_optional_date(row.get("registered_on")),
            expires_on=_optional_date(row.get("expires_on")),
            insurance_until=_optional_date(row.get("insurance_until")),
            originals_kept=bool(row.get("originals_kept")),
            evidence=row.get("evidence"),
        )
        for row in _rows(ctx, "items")
    ]
    operations.register_counter_guarantees(project_id, registrations, actor=ctx.actor)
    return {}


@step("contracts.verify_conditions", label="核验批复条件")
def verify_conditions(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 条件落实核验."""
    verified = {
        int(str(row["condition_id"])): str(row.get("note") or "")
        for row in _rows(ctx, "items")
        if row.get("verified")
    }
    operations.verify_conditions(project_id, verified, actor=ctx.actor)
    return {}


@step("contracts.hand_over_archive", label="移交档案")
def hand_over_archive(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 移交档案."""
    items = [str(item) for item in ctx.form.get("items") or ()]  # type: ignore[attr-defined]
    operations.hand_over_archive(project_id, items, note=_text(ctx, "note"), actor=ctx.actor)
    return {}


@step("contracts.shelve_archive", label="核验上架")
def shelve_archive(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 核验上架."""
    operations.shelve_archive(project_id, box_no=_text(ctx, "box_no"), note=_text(ctx, "note"), actor=ctx.actor)
    return {}


@step("contracts.return_originals", label="注销登记与退还原件")
def return_originals(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 注销登记与退还原件."""
    operations.return_originals(project_id, note=_text(ctx, "note"), actor=ctx.actor)
    return {}
