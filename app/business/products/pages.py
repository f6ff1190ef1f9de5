"""The doors of products, which are made here too, and of risk-share schemes and business parameters, to read."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.institutions import queries as institutions
from app.business.products import operations, queries
from app.business.products.defaults import MEASURES, Measure
from app.business.products.models import BusinessLine, BusinessParameter, Nature, RiskShareScheme
from app.business.products.operations import ProductData
from app.business.products.permissions import MANAGE, VIEW
from app.business.products.rules import PartyKind
from app.core import clock
from app.core.amounts import parse_percent
from app.core.i18n import _
from app.core.money import show_wan
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays
from app.support.web.menu import menu_item
from app.support.web.statuses import status_of, statuses
from app.workflow.instances.queries import startable_processes

bp = Blueprint("products", __name__, template_folder="templates")
menu_item("基础资料", "担保产品", "products.index", VIEW, icon="tags", order=410)
menu_item("基础资料", "风险分担方案", "products.schemes", VIEW, icon="pie-chart", order=420)
menu_item("基础资料", "业务参数", "products.parameters", VIEW, icon="sliders", order=440)

statuses(
    "validity",
    {"CURRENT": ("生效中", "success"), "COMING": ("未生效", "info"), "PAST": ("已失效", "neutral")},
)
statuses(
    "nature",
    {Nature.FINANCING.value: ("融资性", "info"), Nature.NON_FINANCING.value: ("非融资性", "neutral")},
)
statuses(
    "liability_kind",
    {
        "LOAN": ("借款类", "info"),
        "BOND": ("发行债券", "accent"),
        "HOUSING": ("住房置业担保", "progress"),
        "OTHER_FINANCING": ("其他融资", "neutral"),
        "NONE": ("非融资", "neutral"),
    },
)
statuses(
    "party_kind",
    {
        PartyKind.DIRECT_GUARANTOR.value: ("原担保机构", "progress"),
        PartyKind.REGUARANTOR.value: ("再担保机构", "info"),
        PartyKind.NATIONAL_FUND.value: ("国家融资担保基金", "accent"),
        PartyKind.BANK.value: ("银行", "success"),
        PartyKind.LOCAL_GOV.value: ("地方政府", "warning"),
        PartyKind.OTHER.value: ("其他", "neutral"),
    },
)


def validity_of(start: date, end: date | None) -> str:
    """CURRENT, COMING or PAST today; both days included."""
    today = clock.today()
    if start > today:
        return "COMING"
    return "PAST" if end is not None and end < today else "CURRENT"


@bp.get("/products")
@requires(VIEW)
def index() -> str:
    """All products with their bounds."""
    return render_template(
        "products/index.html",
        products=queries.list_products(),
        validity_of=validity_of,
        may_manage=current_actor().may(MANAGE),
    )


@bp.get("/products/<int:product_id>")
@requires(VIEW)
def show(product_id: int) -> str:
    """One product. 404 for another tenant's."""
    return _page(product_id)


def _page(product_id: int, errors: Errors | None = None) -> str:
    return render_template(
        "products/show.html",
        product=queries.get_product(product_id),
        validity_of=validity_of,
        may_manage=current_actor().may(MANAGE),
        errors=errors or {},
        values=request.form if errors else {},
    )


LIABILITIES = ("LOAN", "BOND", "HOUSING", "OTHER_FINANCING", "NONE")
FEE_METHODS = ("MONTH", "DAY", "INSTALMENT", "LETTER", "FLAT")


@bp.get("/products/new")
@requires(MANAGE)
def new() -> str:
    """The empty form."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    def words(codes: Iterable[str], family: str) -> list[tuple[str, str]]:
        return [(code, status_of(code, family).label) for code in codes]

    return render_template(
        "products/new.html",
        values=request.form or {"active_from": clock.today().isoformat(), "business_line": "DIRECT"},
        errors=errors or {},
        lines=words([line.value for line in BusinessLine], "business_line"),
        liabilities=words(LIABILITIES, "liability_kind"),
        methods=words(FEE_METHODS, "fee_method"),
        processes=startable_processes(),
    )


@bp.post("/products")
@requires(MANAGE)
@redisplays(_new_form, on=FIXABLE)
@writes
def define() -> ResponseReturnValue:
    """Make a product; 422 with every field that is wrong."""
    reader = FormReader(request.form)
    line = reader.chosen("business_line", _("业务条线"), [one.value for one in BusinessLine])
    code = reader.text("code", _("产品代码"), required=True, most=40)
    name = reader.text("name", _("产品名称"), required=True, most=120)
    kind = reader.chosen("liability_kind", _("责任类别"), LIABILITIES)
    lowest = reader.wan("min_amount", _("最低金额"), required=True)
    highest = reader.wan("max_amount", _("最高金额"), required=True)
    months = reader.whole("max_term_months", _("最长期限"), required=True)
    low_rate = reader.parsed("min_fee_rate", _("最低费率"), parse_percent, required=True)
    high_rate = reader.parsed("max_fee_rate", _("最高费率"), parse_percent, required=True)
    method = reader.chosen("fee_method", _("计费方式"), FEE_METHODS)
    process_id = reader.chosen("process_id", _("业务流程"), [key for key, _label in startable_processes()])
    begins = reader.day("active_from", _("开售日"), required=True)
    reader.require_clean()
    assert begins is not None and low_rate is not None and high_rate is not None  # noqa: S101, PT018 - as above
    made = operations.define_product(
        ProductData(
            code=code,
            name=name,
            business_line=BusinessLine(line),
            liability_kind=kind,
            min_amount_fen=lowest or 0,
            max_amount_fen=highest or 0,
            max_term_months=months or 0,
            min_fee_rate=low_rate,
            max_fee_rate=high_rate,
            fee_method=method,
            process_id=process_id,
            active_from=begins,
        ),
        actor=current_actor(),
    )
    flash(_("已新建产品「%(name)s」", name=made.name), "success")
    return redirect(url_for("products.show", product_id=made.id))


@bp.post("/products/<int:product_id>/stop")
@requires(MANAGE)
@redisplays(_page, on=FIXABLE)
@writes
def stop(product_id: int) -> ResponseReturnValue:
    """Offer it until a day, that day included."""
    reader = FormReader(request.form)
    last_day = reader.day("active_to", _("最后一日"), required=True)
    reader.require_clean()
    assert last_day is not None  # noqa: S101 - required, or refused above
    operations.stop_selling(product_id, last_day, actor=current_actor())
    flash(_("停售日已登记"), "success")
    return redirect(url_for("products.show", product_id=product_id))


@bp.get("/risk-share-schemes")
@requires(VIEW)
def schemes() -> str:
    """All schemes with all versions."""
    return render_template(
        "products/schemes.html", schemes=queries.list_schemes(), validity_of=validity_of, shares=shares_text
    )


def shares_text(scheme: RiskShareScheme) -> str:
    """Who bears what in one line: ``原担保机构 40% · 银行 20%``."""
    return " · ".join(
        f"{status_of(item.party_kind, 'party_kind').label} {item.share_pct.normalize():f}%"
        for item in scheme.items
    )


@bp.get("/risk-share-schemes/<int:scheme_id>")
@requires(VIEW)
def scheme(scheme_id: int) -> str:
    """One version of a scheme with its parties, and the other versions. 404 for another tenant's."""
    found = queries.get_scheme(scheme_id)
    return render_template(
        "products/scheme.html",
        scheme=found,
        versions=queries.versions_of(found.code),
        institutions={
            item.institution_id: institutions.get_institution(item.institution_id)
            for item in found.items
            if item.institution_id
        },
        validity_of=validity_of,
        shares=shares_text,
    )


PARAMETER_WORDS = {
    "limit.concentration_single": "单一客户集中度上限",
    "limit.concentration_group": "同一集团集中度上限",
    "limit.leverage": "放大倍数上限",
    "limit.leverage_focus": "放大倍数上限（主要支小支农）",
    "limit.yellow_from": "限额黄色提示线",
    "limit.orange_from": "限额橙色提示线",
    "limit.aa_bond_counted_pct": "AA 级以上债券担保计入比例",
    "limit.focus_balance_share": "支小支农余额占比门槛",
    "limit.focus_client_share": "支小支农户数占比门槛",
    "liability.base": "责任余额计量口径",
    "liability.sme_limit_fen": "小微企业优惠权重单户上限",
    "liability.farmer_limit_fen": "农户优惠权重单户上限",
    "fee.min_fen": "单笔最低担保费",
    "fee.min_letter_fen": "单笔最低保函费",
    "fee.letter_period_days": "保函计费期天数",
    "fee.policy_rate": "政策性业务年费率上限",
    "fee.year_days": "计费年天数",
    "refund.factor": "退费系数",
    "refund.min_days_left": "可退费最短剩余天数",
    "approval.valid_days": "批复有效天数",
    "approval.extension_days": "批复延长天数",
    "approval.max_extensions": "批复最多延长次数",
    "approval.delegated_up_to_fen": "授权审批金额上限",
    "approval.small_panel_up_to_fen": "小组评审金额上限",
    "approval.board_notice_share": "报告董事会的净资产占比",
    "reconsideration.days": "客户申请复议的期限",
    "reconsideration.partner_days": "合作机构申请复议的期限",
    "reconsideration.remind_days": "复议期满前提醒天数",
    "condition.remind_days": "批复条件到期前提醒",
    "condition.remind_again_days": "批复条件提醒间隔",
    "condition.escalate_days": "批复条件逾期后上报",
    "committee.max_items_per_meeting": "单次会议最多议题数",
    "diligence.debt_ratio_warn_from": "资产负债率提示线",
    "diligence.revenue_deviation_warn_above": "收入偏差提示线",
    "diligence.coverage_warn_below": "反担保覆盖率提示线",
    "diligence.min_statement_periods": "财务报表最少期数",
    "diligence.min_photos": "实地调查最少照片数",
    "age.youngest_at_start": "个人客户最低年龄",
    "age.oldest_at_maturity": "个人客户到期日最高年龄",
    "industry.prohibited": "禁止介入行业",
}
"""Names of the parameters the program asks for; others show by their own name."""


@bp.get("/business-parameters")
@requires(VIEW)
def parameters() -> str:
    """Every parameter with all its values in time."""
    rows = queries.list_parameters()
    return render_template(
        "products/parameters.html",
        rows=rows,
        words={name: _(label) for name, label in PARAMETER_WORDS.items()},
        shown={row.id: _shown(row) for row in rows},
        validity_of=validity_of,
    )


LIABILITY_BASES = {"OWN_SHARE": "自身责任份额", "FULL": "全部担保余额"}
"""Words of ``liability.base``, the one parameter that names a choice."""


def _shown(row: BusinessParameter) -> str:
    """The value as people read it: amounts in 万元, rates in percent, lists joined."""
    match row.value:
        case list():
            return "、".join(map(str, row.value))
        case str() | int() | float() if not isinstance(row.value, bool):
            return _shown_figure(str(row.value), MEASURES.get(row.name, Measure.NONE))
        case _:
            return json.dumps(row.value, ensure_ascii=False)


def _shown_figure(text: str, measure: Measure) -> str:
    """One figure or word with its unit; a value that is no number stays as it was written."""
    if not _is_number(text):
        return _(LIABILITY_BASES[text]) if text in LIABILITY_BASES else text
    show = _SHOWN_AS.get(measure)
    return show(Decimal(text)) if show else text


_SHOWN_AS: dict[Measure, Callable[[Decimal], str]] = {
    Measure.FEN: lambda number: _("%(amount)s 万元", amount=show_wan(int(number))),
    Measure.RATE: lambda number: f"{_plain(number * 100)}%",
    Measure.PERCENT: lambda number: f"{_plain(number)}%",
    Measure.TIMES: lambda number: _("%(n)s 倍", n=_plain(number)),
    Measure.DAYS: lambda number: _("%(n)s 天", n=_plain(number)),
    Measure.WORKDAYS: lambda number: _("%(n)s 个工作日", n=_plain(number)),
    Measure.YEARS: lambda number: _("%(n)s 周岁", n=_plain(number)),
}


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _plain(number: Decimal) -> str:
    """Without trailing zeros and exponent: ``5``, ``12.5``."""
    return f"{number.normalize():f}"
