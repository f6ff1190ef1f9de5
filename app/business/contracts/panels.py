"""Blocks of the contracts room on the page of a project: contracts, counter-guarantees, seals, the paper file."""

from app.business.contracts import queries
from app.business.contracts.choices import CONTRACT_WORDS, COUNTER_WORDS, FIXED_PAPERS
from app.business.contracts.rules import ContractKind
from app.core.i18n import _
from app.support.identity import queries as people
from app.support.web.statuses import statuses
from app.workflow import writings
from app.workflow.registry import Panel, RecordContext, record_panel

statuses("counter_kind", {kind.value: (words, "neutral") for kind, words in COUNTER_WORDS.items()})
statuses(
    "contract_kind",
    {
        **{kind.value: (words, "neutral") for kind, words in CONTRACT_WORDS.items()},
        ContractKind.LETTER.value: ("保函", "neutral"),
        ContractKind.REGUARANTEE.value: ("再担保合同", "neutral"),
        ContractKind.REGUARANTEE_CONFIRM.value: ("再担保确认书", "neutral"),
        ContractKind.COOP_AGREEMENT.value: ("合作协议", "neutral"),
        ContractKind.SUPPLEMENT.value: ("补充协议", "neutral"),
    },
)
statuses(
    "seal_kind",
    {
        "CONTRACT": ("合同专用章", "neutral"),
        "COMPANY": ("公章", "neutral"),
        "LEGAL_REP": ("法定代表人名章", "neutral"),
    },
)
statuses(
    "seal_purpose", {"CONTRACTS": ("合同用印", "neutral"), "DISBURSEMENT_NOTICE": ("放款通知书用印", "neutral")}
)


@record_panel("project.contracts.list", label="合同")
def contracts(ctx: RecordContext) -> Panel | None:
    """All contracts by number, voided ones included."""
    rows = queries.list_contracts(ctx.record_id)
    if not rows:
        return None
    documents = writings.written_for("contract", [row.id for row in rows], actor=ctx.actor)
    return Panel("contracts/contracts.html", {"contracts": rows, "documents": documents})


@record_panel("project.contracts.counter_guarantees", label="反担保措施")
def counter_guarantees(ctx: RecordContext) -> Panel | None:
    """What stands behind the customer, and whether it holds."""
    rows = queries.list_counter_guarantees(ctx.record_id)
    return Panel("contracts/counter_guarantees.html", {"rows": rows}) if rows else None


@record_panel("project.contracts.seals", label="用印记录")
def seals(ctx: RecordContext) -> Panel | None:
    """Every use of a seal."""
    rows = queries.list_seals(ctx.record_id)
    if not rows:
        return None
    return Panel(
        "contracts/seals.html", {"rows": rows, "names": people.display_names([r.keeper_id for r in rows])}
    )


@record_panel("project.contracts.archive", label="档案")
def archive(ctx: RecordContext) -> Panel | None:
    """What was handed over, by whom, and the box it stands in."""
    file = queries.find_archive(ctx.record_id)
    if file is None:
        return None
    numbers = {f"contract:{row.id}": row.contract_no for row in queries.list_contracts(ctx.record_id)}
    originals = {
        f"original:{row.id}": _("权证原件 · %(provider)s", provider=row.provider_name)
        for row in queries.list_counter_guarantees(ctx.record_id)
    }
    papers = {code: _(label) for code, label in FIXED_PAPERS.items()}
    words = {**papers, **numbers, **originals}
    return Panel(
        "contracts/archive.html",
        {
            "file": file,
            "items": [words.get(item, item) for item in file.items],
            "names": people.display_names([file.handed_over_by, file.shelved_by]),
        },
    )
