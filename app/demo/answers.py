"""What the people of a walk fill in, per node; values in the units of the screen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from app.config import ROOT
from app.core import clock
from app.core.dates import add_months

OPINION = "经审查，资料齐全，同意按程序办理。"
Values = dict[str, Any]


class NoAnswer(LookupError):
    """Nobody has said what a person fills in at a node."""

    def __init__(self, node_id: str, name: str) -> None:
        where = Path(__file__).resolve().relative_to(ROOT)
        super().__init__(f"no answer for node {node_id} ({name}); write one into _ANSWERS of {where}")


@dataclass
class Walk:
    """What differs between walks. ``votes``: option per round; ``today``: the business day of the server."""

    name: str
    today: date
    amount_wan: int = 300
    votes: tuple[str, ...] = ("APPROVE",)
    veto: bool = False
    valid_days: int = 180
    round_no: int = 0
    months: int = 12
    product: str = ""
    """Its name; the first on offer where it is empty."""
    deposit_wan: int = 0
    """What the customer deposits as counter-guarantee; it comes in twice."""
    refund: tuple[str, ...] = ("ASK",)
    """What finance decides on the refund, each time it comes to her; approved at the last of them."""
    refund_round: int = 0
    customer: str = "北京华新精密机械有限公司"
    meeting: str = ""
    """Key of the meeting its item joins; a new one where it is empty."""
    attending: tuple[int, ...] = ()
    """How many members sign in, per sitting; all of them afterwards."""
    sitting_no: int = 0
    reconsiders: bool = False
    """Whether the customer means to ask for reconsideration when refused."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    file_of: Callable[[], str] = str


def answer(
    walk: Walk, node_id: str, shown: Mapping[str, Any], schema: Mapping[str, Any], *, name: str = ""
) -> Values:
    """The values a person would submit at a node: what the form shows, and what she adds.

    :param name: of the node, for the message. :raises NoAnswer: the node is not known here.
    """
    if node_id not in _ANSWERS:
        raise NoAnswer(node_id, name)
    offered = _offered(schema)
    found = {**shown, **_ANSWERS[node_id](walk, shown, offered)}
    if node_id == "application":
        found["customer_id"] = _option_labelled(schema, "customer_id", walk.customer)
        found["product_id"] = _option_labelled(schema, "product_id", walk.product)
    return found


def _offered(schema: Mapping[str, Any]) -> dict[str, list[str]]:
    """Option values of every select of a form schema, by key."""
    found: dict[str, list[str]] = {}
    for component in schema.get("components", ()):
        if component.get("values") and component.get("key"):
            found[component["key"]] = [str(option["value"]) for option in component["values"]]
        found |= _offered(component)
    return found


def _option_labelled(schema: Mapping[str, Any], key: str, text: str) -> str:
    """The value of the option whose label holds the text. :raises LookupError: none does."""
    for component in schema.get("components", ()):
        for option in component.get("values") or ():
            if component.get("key") == key and text in option["label"]:
                return str(option["value"])
        if component.get("components"):
            try:
                return _option_labelled(component, key, text)
            except LookupError:
                continue
    raise LookupError(f"no option of {key} is labelled {text}")


Offer = Mapping[str, list[str]]


def _application(walk: Walk, _shown: Mapping[str, Any], offer: Offer) -> Values:
    return {
        "customer_id": offer["customer_id"][0],
        "product_id": offer["product_id"][0],
        "creditor_id": offer["creditor_id"][0],
        "source_channel": "SELF",
        "loan_amount_fen": walk.amount_wan,
        "guarantee_ratio_pct": 100,
        "applied_amount_fen": walk.amount_wan,
        "term_months": walk.months,
        "fee_rate": 1.5,
        "risk_share_scheme_id": offer["risk_share_scheme_id"][0],
        "purpose": "采购原材料，补充流动资金",
        "repayment_source": "主营业务销售回款",
        "counter_mode": "ASSURANCE",
        "counter_guarantees": [
            {
                "kind": "ASSURANCE_PERSON",
                "provider_name": "刘振东",
                "amount_fen": walk.amount_wan,
                "description": "法定代表人连带保证",
            },
            *_deposit_pledge(walk),
        ],
        "contact_name": "刘振东",
        "contact_mobile": "13800138000",
        "tags": ["POLICY_SMALL"],
        "authorisation_docs": [walk.file_of()],
    }


def _deposit_pledge(walk: Walk) -> list[Values]:
    if not walk.deposit_wan:
        return []
    return [
        {
            "kind": "PLEDGE_DEPOSIT",
            "provider_name": walk.customer,
            "amount_fen": walk.deposit_wan,
            "description": "客户保证金，存入我公司保证金账户",
        }
    ]


def _diligence(walk: Walk, _shown: Mapping[str, Any], _offer: Offer) -> Values:
    year = walk.today.year
    row = {
        "period_kind": "YEAR",
        "total_assets_fen": 4300,
        "total_liabilities_fen": 2100,
        "equity_fen": 2200,
        "revenue_fen": 5200,
        "net_profit_fen": 410,
        "operating_cash_fen": 380,
    }
    return {
        "visited_at": walk.today.isoformat(),
        "visit_place": "北京市海淀区厂区",
        "photos": [walk.file_of() for _number in range(3)],
        "history": "2015 年设立，主营精密零部件加工。",
        "ownership": "刘振东持股 80%，张文持股 20%",
        "business_model": "为汽车零部件企业供货，前五大客户占比 62%。",
        "controllers": [{"name": "刘振东", "id_number": "11010819850315123X", "ratio": 80}],
        "statements": [{**row, "period_end": f"{year - 2}-12-31"}, {**row, "period_end": f"{year - 1}-12-31"}],
        "tax_revenue_fen": 5000,
        "debts": [{"lender": "北方商业银行", "kind": "LOAN", "balance_fen": 500, "due_date": f"{year + 1}-03-31"}],
        "guarantees_given": [],
        "litigation": "无",
        "counter_valuation": [
            {
                "name": "数控机床 12 台",
                "kind": "MORTGAGE_EQUIPMENT",
                "appraised_fen": 900,
                "discount_pct": 60,
                "prior_lien_fen": 0,
            }
        ],
        "opinion_a": "企业经营正常，还款来源稳定，建议支持。",
        "declaration_a": True,
    }


def _ballot(walk: Walk, _shown: Mapping[str, Any], _offer: Offer) -> Values:
    option = walk.votes[min(walk.round_no, len(walk.votes) - 1)]
    text = "需进一步核实下游回款与存货情况。" if option != "APPROVE" else ""
    conditions = "追加实际控制人配偶连带责任保证" if option == "APPROVE_COND" else ""
    return {"decision": option, "conditions": conditions, "opinion": text}


def _sign_in(walk: Walk, _shown: Mapping[str, Any], offer: Offer) -> Values:
    there = offer.get("attendees", [])
    if walk.sitting_no < len(walk.attending):
        there = there[: walk.attending[walk.sitting_no]]
    return {"attendees": there, "questions": "问：回款周期？答：平均 75 天。"}


def _agenda(walk: Walk, _shown: Mapping[str, Any], offer: Offer) -> Values:
    """An urgent meeting that begins now: a walk cannot wait for the day of an ordinary one."""
    now = clock.now().astimezone(clock.BEIJING)
    planned = f"{walk.today.isoformat()}T{now:%H:%M}"
    joined = walk.meeting if walk.meeting in offer.get("meeting_id", []) else None
    where = {"mode": "ONSITE", "place": "三层第一会议室", "meeting_id": joined}
    return {"planned_at": planned, "urgent": True, **where}


def _draft(walk: Walk, shown: Mapping[str, Any], offer: Offer) -> Values:
    start = walk.today
    counter = offer.get("counter_guarantee_id", [])
    parties = [
        ("COUNTER_ASSURANCE", "刘振东", walk.amount_wan),
        ("COUNTER_PLEDGE", walk.customer, walk.deposit_wan),
    ]
    return {
        "entrust_amount_fen": shown.get("entrust_amount_fen") or walk.amount_wan,
        "guarantee_amount_fen": shown.get("guarantee_amount_fen") or walk.amount_wan,
        "start_on": start.isoformat(),
        "end_on": _end(walk).isoformat(),
        "nonstandard": "NO",
        "counter_contracts": [
            {"kind": kind, "counter_guarantee_id": measure, "party_name": party, "amount_fen": amount_wan}
            for measure, (kind, party, amount_wan) in zip(counter, parties, strict=False)
        ],
    }


def _deposit(walk: Walk, shown: Mapping[str, Any], _offer: Offer) -> Values:
    """Half of what was agreed first, then what the form says is left."""
    half, left = walk.deposit_wan * 10_000 / 2, float(shown.get("amount_fen") or 0)
    return {
        "payer": walk.customer,
        "bank_serial": _serial(walk, "BZJ1" if left > half else "BZJ2"),
        "amount_fen": min(half, left),
        "received_on": walk.today.isoformat(),
    }


def _serial(walk: Walk, prefix: str) -> str:
    """A number no other walk uses."""
    return f"{prefix}{walk.today:%Y%m%d}{id(walk) % 1000000:06d}"


def _end(walk: Walk) -> date:
    """The last day of what begins today."""
    return add_months(walk.today, walk.months)


def _schedule(walk: Walk, shown: Mapping[str, Any], _offer: Offer) -> Values:
    """Half is repaid at the end of each year, and the rest."""
    years = -(-walk.months // 12)
    return {"balances": [{"balance_fen": walk.amount_wan / 2**year} for year in range(years)]}


def _fixed(**values: Any) -> Callable[[Walk, Mapping[str, Any], Offer], Values]:
    return lambda _walk, _shown, _offer: dict(values)


def _dated(**more: Any) -> Callable[[Walk, Mapping[str, Any], Offer], Values]:
    """Values in which ``DAY`` stands for today and ``FILE`` for an uploaded document."""

    def fill(walk: Walk, _shown: Mapping[str, Any], _offer: Offer) -> Values:
        day = walk.today.isoformat()
        swap: dict[str, Callable[[], Any]] = {
            "DAY": lambda: day,
            "FILE": lambda: [walk.file_of()],
        }
        found = {}
        for key, value in more.items():
            meant = swap.get(value) if isinstance(value, str) else None
            found[key] = meant() if meant else value
        return found

    return fill


_ANSWERS: dict[str, Callable[[Walk, Mapping[str, Any], Offer], Values]] = {
    "application": _application,
    "acceptance": lambda walk, _s, offer: {
        "decision": "ACCEPT",
        "pm_a_id": walk.choices["pm_a"][0],
        "pm_b_id": walk.choices["pm_b"][0],
        "comment": "资料齐全，同意受理",
    },
    "due_diligence": _diligence,
    "cosign_due_diligence": _fixed(opinion_b="共同实地调查，情况属实，同意A角意见。", declaration_b=True),
    "review_report": lambda walk, shown, _o: {
        "s13_risks": "主要风险为下游账期拉长；控制措施：按月核对回款，锁定销售回款账户。",
        "suggested_amount_fen": walk.amount_wan,
        "suggested_term_months": walk.months,
        "suggested_fee_rate": 1.5,
        "conclusion": "建议按申请方案提供担保。",
    },
    "department_review": _fixed(decision="AGREE", opinion=OPINION),
    "risk_review": _fixed(
        compliance="符合国家产业政策与公司准入标准。",
        credit="未发现不良信用记录。",
        repayment="经营现金流可覆盖本息。",
        counter_guarantee="法定代表人连带保证，另有设备可追加抵押。",
        risk_points="下游集中度较高。",
        conditions=[{"text": "放款前落实法定代表人连带保证", "mandatory": True}],
        score=82,
        decision="AGREE",
        opinion=OPINION,
    ),
    "risk_head_review": _fixed(decision="AGREE", opinion=OPINION),
    "approve_biz_head": _fixed(decision="AGREE", opinion=OPINION),
    "approve_risk_head": _fixed(decision="AGREE", opinion=OPINION),
    "put_on_agenda": _agenda,
    "declare_recusal": _fixed(decision="NONE"),
    "open_meeting": _sign_in,
    "decide_no_quorum": _fixed(decision="RESCHEDULE", opinion=OPINION),
    "cast_vote": _ballot,
    "chair_review": lambda walk, _s, _o: (
        {"decision": "VETO", "reason": "行业周期下行，现阶段不宜新增敞口。"}
        if walk.veto and walk.round_no == 0
        else {"decision": "CONFIRM"}
    ),
    "record_minutes": _fixed(minutes="会议听取项目汇报，委员充分讨论后表决，结果如表决记录所示。"),
    "draft_resolution": lambda walk, shown, offer: {
        "amount_fen": walk.amount_wan,
        "term_months": walk.months,
        "fee_rate": 1.5,
        "risk_share_scheme_id": shown.get("risk_share_scheme_id") or offer["risk_share_scheme_id"][0],
        "guarantee_mode": "JOINT_SEVERAL",
        "valid_days": walk.valid_days,
        "conditions": [
            {
                "kind": "COUNTER_GUARANTEE",
                "text": "法定代表人刘振东提供连带责任保证反担保",
                "mandatory": True,
                "responsible": "B角",
            }
        ],
    },
    "sign_resolution": _fixed(decision="SIGN", comment="同意"),
    "notify_not_passed": lambda walk, _s, _o: {
        "informed_on": walk.today.isoformat(),
        "way": "PHONE",
        "decision": "WAIT" if walk.reconsiders else "CLOSE",
        "opinion": "客户知悉，准备申请复议" if walk.reconsiders else "客户知悉，暂不申请复议",
    },
    "admit_reconsideration": _fixed(
        new_facts="客户新增三年期供货合同，回款由核心企业承诺支付。",
        decision="ADMIT",
        opinion="新事实成立，同意受理复议。",
    ),
    "schedule_rehearing": lambda walk, _s, _o: {
        "decision": "HEAR",
        "hear_by": (walk.today + timedelta(days=30)).isoformat(),
        "note": "着重核实新增供货合同的真实性和回款来源。",
    },
    "plan_instalments": _schedule,
    "draft_contracts": _draft,
    "legal_review": _fixed(decision="AGREE", opinion=OPINION),
    "approve_nonstandard": _fixed(decision="AGREE", opinion=OPINION),
    "sign_contracts": lambda walk, _s, _o: {
        "signed_on": walk.today.isoformat(),
        "sign_mode": "PAPER",
        "signers": [
            {"party": walk.customer, "signer": "刘振东"},
            {"party": "反担保人", "signer": "刘振东"},
        ],
        "scans": [walk.file_of()],
        "photos": [walk.file_of()],
    },
    "seal_contracts": _dated(seal_kind="CONTRACT", copies=4, sealed_on="DAY"),
    "secure_counter_guarantees": lambda walk, _s, offer: {
        "items": [
            {
                "counter_guarantee_id": value,
                "registration_no": f"BZJ-{walk.today:%Y%m%d}" if number else None,
                "registration_org": "动产融资统一登记公示系统" if number else None,
                "registered_on": walk.today.isoformat() if number else None,
                "originals_kept": True,
                "evidence": [walk.file_of()],
            }
            for number, value in enumerate(offer.get("counter_guarantee_id", []))
        ],
        "comment": "保证反担保合同已签署",
    },
    "verify_conditions": lambda _w, _s, offer: {
        "items": [
            {"condition_id": value, "verified": True, "note": "已核验原件"}
            for value in offer.get("condition_id", [])
        ],
        "decision": "CONFIRM",
        "opinion": OPINION,
    },
    "record_fee": lambda walk, shown, _o: {
        "decision": "RECEIPT",
        "payer": shown.get("payer") or walk.customer,
        "bank_serial": _serial(walk, "LS"),
        "amount_fen": shown.get("amount_fen"),
        "received_on": walk.today.isoformat(),
    },
    "receive_deposit": _deposit,
    "approve_waiver_risk": _fixed(decision="AGREE", opinion=OPINION),
    "approve_waiver_gm": _fixed(decision="AGREE", opinion=OPINION),
    "disbursement_review": _fixed(
        checklist=["CONTRACTS", "COUNTER", "CONDITIONS", "FEE", "DOCUMENTS"],
        new_dishonest_checked=True,
        decision="APPROVE",
        opinion=OPINION,
    ),
    "issue_disbursement_notice": lambda walk, shown, _o: {
        "amount_fen": shown.get("amount_fen") or walk.amount_wan,
        "bank_account": "0200 0012 3456 7890 123",
        "valid_until": (walk.today + timedelta(days=30)).isoformat(),
    },
    "seal_disbursement_notice": _dated(seal_kind="COMPANY", copies=2, sealed_on="DAY"),
    "confirm_disbursement": lambda walk, _s, _o: {
        "loan_no": f"JJ{walk.today:%Y%m%d}01",
        "amount_fen": walk.amount_wan,
        "disbursed_on": walk.today.isoformat(),
        "maturity_on": _end(walk).isoformat(),
        "loan_rate": 4.35,
        "final_drawing": "YES",
        "receipt": [walk.file_of()],
    },
    "hand_over": lambda _w, _s, offer: {"items": offer.get("items", []), "note": "全部移交"},
    "shelve": _fixed(box_no="A-2026-001", checked=True),
    "apply_release": lambda walk, shown, _o: {
        "kind": "REPAY",
        "amount_fen": shown.get("amount_fen") or walk.amount_wan,
        "effective_on": walk.today.isoformat(),
        "disputed": "NO",
        "proof": [walk.file_of()],
        "note": "客户已结清贷款",
    },
    "check_release": _fixed(fees_clear=True, decision="CONFIRM", opinion="费用已结清"),
    "review_release": _fixed(decision="AGREE", opinion=OPINION),
    "return_deposit": lambda walk, shown, _o: {
        "decision": "RETURN",
        "amount_fen": shown.get("held_fen"),
        "payee": walk.customer,
        "voucher": _serial(walk, "FK-BZJ"),
        "returned_on": walk.today.isoformat(),
    },
    "ask_refund": lambda walk, _s, _o: (
        {"decision": "ASK"}
        if walk.refund[walk.refund_round] == "ASK"
        else {"decision": "RENOUNCE", "reason": "客户出具书面声明，自愿放弃提前解保退费"}
    ),
    "approve_refund": lambda walk, _s, _o: (
        {"decision": "AGREE"}
        if walk.refund_round == len(walk.refund) - 1
        else {"decision": "REFUSE", "reason": "请先核对到账流水，再重新申请退费"}
    ),
    "pay_refund": lambda walk, _s, _o: {
        "decision": "PAID",
        "voucher": _serial(walk, "FK-TF"),
        "paid_on": walk.today.isoformat(),
    },
    "return_originals": _fixed(registrations_cancelled=True, originals_returned=True, note="已办理"),
}
