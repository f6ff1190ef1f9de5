"""Options of the contracts room's selects."""

from app.business.committee import queries as committee
from app.business.committee.models import ConditionStatus
from app.business.contracts import queries
from app.business.contracts.models import CounterKind
from app.business.contracts.rules import ContractKind
from app.core.money import show_wan
from app.workflow.registry import Choice, ChoiceContext, choices

COUNTER_WORDS = {
    CounterKind.ASSURANCE_CORP: "企业保证",
    CounterKind.ASSURANCE_PERSON: "个人保证",
    CounterKind.MORTGAGE_REAL_ESTATE: "不动产抵押",
    CounterKind.MORTGAGE_EQUIPMENT: "设备抵押",
    CounterKind.PLEDGE_EQUITY: "股权质押",
    CounterKind.PLEDGE_RECEIVABLE: "应收账款质押",
    CounterKind.PLEDGE_IP: "知识产权质押",
    CounterKind.PLEDGE_DEPOSIT: "保证金质押",
    CounterKind.OTHER: "其他",
}
CONTRACT_WORDS = {
    ContractKind.ENTRUST: "委托保证合同",
    ContractKind.GUARANTEE: "保证合同",
    ContractKind.COUNTER_ASSURANCE: "保证反担保合同",
    ContractKind.COUNTER_MORTGAGE: "抵押反担保合同",
    ContractKind.COUNTER_PLEDGE: "质押反担保合同",
}
FIXED_PAPERS = {
    "resolution": "批复",
    "review_report": "评审报告",
    "disbursement_notice": "放款通知书",
    "disbursement_receipt": "借款借据",
}


def _project_id(ctx: ChoiceContext) -> int | None:
    project_id = ctx.data.get("project_id")
    return int(str(project_id)) if project_id else None


@choices("contracts.counter_guarantees", label="本项目反担保措施")
def counter_guarantees(ctx: ChoiceContext) -> list[Choice]:
    """Counter-guarantees of the project in order."""
    project_id = _project_id(ctx)
    rows = queries.list_counter_guarantees(project_id) if project_id else ()
    return [
        Choice(str(r.id), f"{COUNTER_WORDS[r.kind]} · {r.provider_name} · {show_wan(r.amount_fen)}万元")
        for r in rows
    ]


@choices("contracts.conditions", label="批复条件")
def conditions(ctx: ChoiceContext) -> list[Choice]:
    """Conditions of the resolution in force, mandatory ones marked; those waived are nobody's any more."""
    project_id = _project_id(ctx)
    resolution = committee.issued_resolution(project_id) if project_id else None
    rows = [r for r in resolution.conditions if r.status is not ConditionStatus.WAIVED] if resolution else []
    return [Choice(str(r.id), f"{r.seq}. {'（强制）' if r.is_mandatory else ''}{r.text}") for r in rows]


@choices("contracts.archive_items", label="归档资料")
def archive_items(ctx: ChoiceContext) -> list[Choice]:
    """What is handed over: every contract by number, originals of what secures us, and the papers of the case."""
    project_id = _project_id(ctx)
    if project_id is None:
        return []
    contracts = [
        Choice(f"contract:{c.id}", f"{CONTRACT_WORDS.get(c.kind, c.kind.value)} {c.contract_no}")
        for c in queries.live_contracts(project_id)
    ]
    originals = [
        Choice(f"original:{row.id}", f"权证原件 · {COUNTER_WORDS[row.kind]} · {row.provider_name}")
        for row in queries.list_counter_guarantees(project_id)
        if row.originals_kept
    ]
    return [*contracts, *originals, *(Choice(value, label) for value, label in FIXED_PAPERS.items())]
