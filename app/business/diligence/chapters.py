"""The sections of the review report in words, from the facts at hand.

Source: domain processes §1, "Review-report sections". External data are not connected yet; where a
section would rest on them it says so, instead of guessing.
"""

from app.business.customers.rules import CustomerType
from app.business.diligence import queries
from app.business.diligence.models import DueDiligenceReport
from app.business.projects.models import Project
from app.core.money import in_words, show_percent, show_wan
from app.support import identity
from app.support.web.statuses import status_of

TITLES = {
    "s00_declaration": "声明与保证",
    "s01_summary": "项目概要",
    "s02_customer": "客户基本信息",
    "s03_ownership": "历史沿革、股权结构与实际控制人",
    "s04_related": "关联企业",
    "s05_management": "管理层",
    "s06_operations": "产品及生产经营",
    "s07_industry": "行业分析",
    "s08_financials": "财务分析",
    "s09_debts": "负债与对外担保",
    "s10_credit": "信用状况",
    "s11_purpose": "借款用途与还款来源",
    "s12_counter": "反担保措施评价",
    "s13_risks": "风险点与控制措施",
    "s14_benefits": "效益",
    "s15_limits": "集中度与放大倍数测算",
    "s16_conclusion": "结论与建议",
}

NOT_CONNECTED = "外部数据尚未接入，本节由项目经理人工核查后补充。"


def write(project: Project, diligence: DueDiligenceReport) -> dict[str, str]:
    """All sections, by key, in order."""
    return {
        "s00_declaration": _declaration(project, diligence),
        "s01_summary": _summary(project),
        "s02_customer": _customer(project),
        "s03_ownership": _ownership(diligence),
        "s04_related": NOT_CONNECTED,
        "s05_management": _management(project),
        "s06_operations": str(diligence.sections.get("business_model") or "无"),
        "s07_industry": f"所属行业代码 {project.customer.industry_code}（GB/T 4754）。{NOT_CONNECTED}",
        "s08_financials": _financials(diligence),
        "s09_debts": _debts(diligence),
        "s10_credit": f"诉讼、执行与处罚：{diligence.sections.get('litigation') or '未发现'}。" + NOT_CONNECTED,
        "s11_purpose": f"借款用途：{project.purpose}\n还款来源：{project.repayment_source}",
        "s12_counter": _counter(project, diligence),
        "s13_risks": "请结合尽职调查列明主要风险点及控制措施。",
        "s14_benefits": f"年担保费率 {show_percent(project.fee_rate)}；"
        f"业务标签：{'、'.join(status_of(tag, 'tag').label for tag in project.tags) or '无'}。",
        "s15_limits": "集中度与放大倍数由系统在风险审查、上会、签约、放款各环节实时测算并校验。",
        "s16_conclusion": _conclusion(project, diligence),
    }


def _declaration(project: Project, diligence: DueDiligenceReport) -> str:
    a = identity.display_name(project.pm_a_id) if project.pm_a_id else ""
    b = identity.display_name(project.pm_b_id) if project.pm_b_id else ""
    return (
        f"A角 {a}、B角 {b} 于 {diligence.visited_at:%Y年%m月%d日} 在 {diligence.visit_place} 实地调查，"
        "与客户无利益冲突，对报告内容的真实性、完整性负责。"
    )


def _summary(project: Project) -> str:
    bank = project.creditor.name if project.creditor else "—"
    return (
        f"客户 {project.customer.name} 申请担保 {show_wan(project.applied_amount_fen)} 万元"
        f"（{in_words(project.applied_amount_fen)}），期限 {project.term_months} 个月，"
        f"贷款金额 {show_wan(project.loan_amount_fen)} 万元，"
        f"担保比例 {project.guarantee_ratio_pct.normalize():f}%，"
        f"债权人 {bank}，风险分担方案 {project.scheme.name}。"
    )


def _customer(project: Project) -> str:
    customer = project.customer
    if customer.customer_type is CustomerType.ENTERPRISE and customer.enterprise:
        e = customer.enterprise
        return (
            f"统一社会信用代码 {e.uscc}；法定代表人 {e.legal_rep_name}；"
            f"注册资本 {'—' if e.reg_capital_fen is None else show_wan(e.reg_capital_fen)} 万元；"
            f"成立日期 {e.establish_date:%Y-%m-%d}；注册地址 {e.reg_address}。划型：{customer.class_reason}。"
        )
    return f"个人客户 {customer.name}。{customer.class_reason}。"


def _management(project: Project) -> str:
    enterprise = project.customer.enterprise
    return f"法定代表人 {enterprise.legal_rep_name}。" if enterprise else "不适用（个人客户）。"


def _ownership(diligence: DueDiligenceReport) -> str:
    people = "；".join(f"{c.name}（持股 {c.ratio_pct.normalize():f}%）" for c in diligence.controllers)
    history = diligence.sections.get("history") or "未提供"
    return f"历史沿革：{history}\n股权结构：{diligence.sections.get('ownership')}\n实际控制人：{people}"


def _financials(diligence: DueDiligenceReport) -> str:
    lines = [
        f"{s.period_end:%Y-%m-%d}：资产 {show_wan(s.total_assets_fen)}，负债 {show_wan(s.total_liabilities_fen)}，"
        f"所有者权益 {show_wan(s.equity_fen)}，营业收入 {show_wan(s.revenue_fen)}，"
        f"净利润 {show_wan(s.net_profit_fen)}（万元）"
        for s in diligence.statements
    ]
    ratio = queries.latest_debt_ratio(diligence)
    lines.append(f"最近一期资产负债率 {ratio}。" if ratio else "")
    deviation = queries.deviation(diligence)
    if deviation is not None:
        lines.append(f"报表收入与纳税申报收入偏差 {show_percent(deviation)}。")
    return "\n".join(filter(None, lines))


def _debts(diligence: DueDiligenceReport) -> str:
    debts = diligence.sections.get("debts") or []
    given = diligence.sections.get("guarantees_given") or []
    total = sum(int(row.get("balance_fen") or 0) for row in debts)
    given_total = sum(int(row.get("balance_fen") or 0) for row in given)
    return (
        f"现有负债 {len(debts)} 笔，余额合计 {show_wan(total)} 万元；"
        f"对外担保 {len(given)} 笔，余额合计 {show_wan(given_total)} 万元。"
    )


def _counter(project: Project, diligence: DueDiligenceReport) -> str:
    proposed = "；".join(str(row.get("provider_name")) for row in project.proposed_counter_guarantees) or "无"
    ratio = queries.coverage_of(diligence, project.applied_amount_fen)
    return f"拟提供反担保：{proposed}。已评估反担保物对申请金额的覆盖率 {ratio}。"


def _conclusion(project: Project, diligence: DueDiligenceReport) -> str:
    return (
        f"A角意见：{diligence.opinion_a}\nB角意见：{diligence.opinion_b or '（待签署）'}\n"
        f"建议担保金额 {show_wan(project.applied_amount_fen)} 万元，期限 {project.term_months} 个月，"
        f"费率 {show_percent(project.fee_rate)}。"
    )
