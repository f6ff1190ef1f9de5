"""What comes in through the customer forms: fields as people type them, every finding at its field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from app.business.customers.models import Customer, Shareholder
from app.business.customers.operations import CustomerData, EnterpriseData, Holding, PersonData
from app.business.customers.operations.correcting import FLAGS
from app.business.customers.rules import (
    SCALE_2011,
    Criterion,
    CustomerClass,
    scale_industry,
    shareholder_findings,
)
from app.core.amounts import parse_percent
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.identifiers import (
    is_valid_resident_id,
    is_valid_uscc,
    parse_mobile,
    parse_resident_id,
    parse_uscc,
)
from app.core.money import show_wan
from app.support.web.forms import FormReader

_REGION = re.compile(r"\d{6}", re.ASCII)
_INDUSTRY = re.compile(r"[A-T]\d{2,4}", re.ASCII)

FindEnterprise = Callable[[str], Customer | None]


def read_enterprise(reader: FormReader, *, known: Customer | None = None) -> tuple[CustomerData, EnterpriseData]:
    """A company from the form; of a known one the code is not asked, mobile and identity number may stay empty.

    :raises Invalid: with every finding.
    """
    data = _read_customer(reader, is_new=known is None)
    if known is None:
        uscc = reader.parsed("uscc", _("统一社会信用代码"), parse_uscc, required=True)
    else:
        uscc = known.id_number
    representative = reader.parsed("legal_rep_id", _("法定代表人身份证号"), parse_resident_id)
    detail = EnterpriseData(
        uscc=uscc or "",
        legal_rep_name=reader.text("legal_rep_name", _("法定代表人"), required=True, most=50),
        legal_rep_id=representative.number if representative else None,
        reg_capital_fen=reader.wan("reg_capital", _("注册资本"), required=True) or 0,
        establish_date=reader.day("establish_date", _("成立日期"), required=True),  # type: ignore[arg-type]  # refused below when missing
        reg_address=reader.text("reg_address", _("注册地址"), required=True, most=300),
        business_scope=reader.text("business_scope", _("经营范围"), most=4000),
        employee_count=reader.whole("employee_count", _("从业人数")),
        annual_revenue_fen=reader.wan("annual_revenue", _("年营业收入")),
        total_assets_fen=reader.wan("total_assets", _("资产总额")),
    )
    _require_figures(reader, data, detail)
    reader.require_clean()
    return data, detail


_MEASURED: dict[Criterion, tuple[str, str]] = {
    "staff": ("employee_count", "employee_count"),
    "revenue": ("annual_revenue", "annual_revenue_fen"),
    "assets": ("total_assets", "total_assets_fen"),
}


def _require_figures(reader: FormReader, data: CustomerData, detail: EnterpriseData) -> None:
    """The figures the class is derived from, asked at their fields."""
    if data.is_self_employed or not _INDUSTRY.fullmatch(data.industry_code):
        return
    refused = {finding.field for finding in reader.findings}
    for criterion in SCALE_2011[scale_industry(data.industry_code)].criteria:
        field, attribute = _MEASURED[criterion]
        if getattr(detail, attribute) is None and field not in refused:
            reader.refuse(field, _("该行业按此项指标划分企业规模，请填写"), "customers.scale.figures_missing")


def read_individual(
    reader: FormReader, find_enterprise: FindEnterprise, *, known: Customer | None = None
) -> tuple[CustomerData, PersonData]:
    """A person from the form. ``find_enterprise``: customer number → the enterprise she owns.

    :raises Invalid: with every finding.
    """
    data = _read_customer(reader, is_new=known is None)
    if known is None:
        identity = reader.parsed("id_number", _("身份证号码"), parse_resident_id, required=True)
        number = identity.number if identity else ""
    else:
        number = known.id_number
    is_farmer, is_owner = reader.flag("is_farmer"), reader.flag("is_micro_owner")
    farm_kind = reader.text("farm_kind", _("经营种类"), most=40)
    if is_farmer and not farm_kind:
        reader.refuse("farm_kind", _("请填写经营种类，如种植、养殖"), "customers.person.farm_missing")
    detail = PersonData(
        id_number=number,
        address=reader.text("address", _("住址"), required=True, most=300),
        is_farmer=is_farmer,
        farm_kind=farm_kind or None,
        farm_scale=reader.text("farm_scale", _("经营规模"), most=40) or None,
        is_micro_owner=is_owner,
        owned_enterprise_id=_owned_enterprise(reader, find_enterprise, is_owner=is_owner),
        annual_income_fen=reader.wan("annual_income", _("年收入")),
    )
    reader.require_clean()
    return data, detail


def _owned_enterprise(reader: FormReader, find_enterprise: FindEnterprise, *, is_owner: bool) -> int | None:
    customer_no = reader.text("owned_enterprise_no", _("名下企业客户编号"), most=20)
    if not customer_no:
        if is_owner:
            message = _("小微企业主应关联其名下企业，请先登记该企业，再填写其客户编号")
            reader.refuse("owned_enterprise_no", message, "customers.person.enterprise_missing")
        return None
    enterprise = find_enterprise(customer_no)
    if enterprise is None or not enterprise.is_enterprise:
        message = _("没有编号为 %(no)s 的企业客户，请核对", no=customer_no)
        reader.refuse("owned_enterprise_no", message, "customers.person.enterprise_unknown")
        return None
    return enterprise.id


def _read_customer(reader: FormReader, *, is_new: bool) -> CustomerData:
    return CustomerData(
        name=reader.text("name", _("客户名称"), required=True),
        region_code=_code(reader, "region_code", _("行政区划代码"), _REGION, _("应为 6 位数字，如 110105")),
        industry_code=_code(
            reader, "industry_code", _("行业代码"), _INDUSTRY, _("应为 1 位大写字母加 2 至 4 位数字，如 C3599")
        ),
        contact_name=reader.text("contact_name", _("联系人"), required=True, most=50),
        contact_mobile=reader.parsed("contact_mobile", _("联系手机"), parse_mobile, required=is_new) or "",
        is_self_employed=reader.flag("is_self_employed"),
        **{flag: reader.flag(flag) for flag in FLAGS},
    )


def _code(reader: FormReader, name: str, label: str, shape: re.Pattern[str], hint: str) -> str:
    value = reader.text(name, label, required=True).upper()
    if value and not shape.fullmatch(value):
        reader.refuse(name, _("%(label)s%(hint)s", label=label, hint=hint), "customers.form.code")
    return value


def shown_values(customer: Customer) -> dict[str, object]:
    """What the form of a known customer begins with; personal data are left out, empty means unchanged."""
    values: dict[str, object] = {
        "name": customer.name,
        "region_code": customer.region_code,
        "industry_code": customer.industry_code,
        "contact_name": customer.contact_name,
        **{flag: "1" if getattr(customer, flag) else "" for flag in FLAGS},
    }
    if customer.enterprise:
        detail = customer.enterprise
        values |= {
            "legal_rep_name": detail.legal_rep_name,
            "reg_capital": _wan(detail.reg_capital_fen),
            "establish_date": detail.establish_date.isoformat(),
            "reg_address": detail.reg_address,
            "business_scope": detail.business_scope or "",
            "employee_count": "" if detail.employee_count is None else detail.employee_count,
            "annual_revenue": _wan(detail.annual_revenue_fen),
            "total_assets": _wan(detail.total_assets_fen),
            "is_self_employed": "1" if detail.is_self_employed else "",
        }
    return values | (_shown_person(customer) if customer.individual else {})


def _shown_person(customer: Customer) -> dict[str, object]:
    detail = customer.individual
    if detail is None:
        return {}
    return {
        "address": detail.address,
        "is_farmer": "1" if detail.is_farmer else "",
        "farm_kind": detail.farm_kind or "",
        "farm_scale": detail.farm_scale or "",
        "is_micro_owner": "1" if detail.is_micro_owner else "",
        "annual_income": _wan(detail.annual_income_fen),
        "is_self_employed": "1" if customer.customer_class is CustomerClass.SELF_EMPLOYED else "",
    }


def _wan(amount_fen: int | None) -> str:
    return "" if amount_fen is None else show_wan(amount_fen)


# ------------------------------------------------------------------ shareholders

MOST_HOLDERS, SPARE_ROWS = 50, 5


def rows_shown(values: Mapping[str, str]) -> int:
    """How many rows the form shows: those filled in and some to spare."""
    filled = [number for number in range(MOST_HOLDERS) if values.get(f"holder_{number}_name")]
    return min(MOST_HOLDERS, (filled[-1] + 1 if filled else 0) + SPARE_ROWS)


def shown_holders(holders: Sequence[Shareholder], today: date) -> dict[str, str]:
    """A known list as the form's fields hold it; identity numbers are not shown again."""
    values = {"as_of": today.isoformat()}
    for number, row in enumerate(holders):
        values |= {
            f"holder_{number}_name": row.holder_name,
            f"holder_{number}_ratio": f"{row.ratio_pct.normalize():f}",
            f"holder_{number}_paid": show_wan(row.paid_fen) if row.paid_fen is not None else "",
        }
    return values


def read_holdings(
    reader: FormReader, known: Sequence[Shareholder], today: date
) -> tuple[date, list[Holding]]:
    """The day and who holds what, rows without a name and figures left out.

    An identity number left empty stays as it is known of that name; amounts are typed in 万元, shares in percent.
    :raises Invalid: with every finding, at the field of its row.
    """
    as_of = reader.day("as_of", _("截至日期"), required=True)
    if as_of is not None and as_of > today:
        reader.refuse("as_of", _("截至日期不能晚于今天"), "customers.shareholder.future")
    ids = {row.holder_name: row.holder_id for row in known}
    holdings = [one for number in range(MOST_HOLDERS) if (one := _read_holder(reader, number, ids))]
    if not holdings and not reader.findings:
        reader.refuse("holder_0_name", _("请至少填写一名股东"), "customers.shareholder.none")
    _refuse_twice(reader, holdings)
    for finding in shareholder_findings(holding.ratio_pct for holding in holdings):
        reader.refuse("ratio_pct", finding.message, finding.code)
    reader.require_clean()
    assert as_of is not None  # noqa: S101 - required above
    return as_of, holdings


def _read_holder(reader: FormReader, number: int, ids: Mapping[str, str | None]) -> Holding | None:
    name_field, id_field, ratio_field, paid_field = (
        f"holder_{number}_{part}" for part in ("name", "id", "ratio", "paid")
    )
    if not any(reader.form.get(field, "").strip() for field in (name_field, id_field, ratio_field, paid_field)):
        return None
    name = reader.text(name_field, _("股东名称"), required=True)
    holder_id = reader.parsed(id_field, _("证件号码"), _parse_holder_id)
    share = reader.parsed(ratio_field, _("持股比例"), parse_percent, required=True)
    paid_fen = reader.wan(paid_field, _("实缴金额"))
    if share is None:
        return None
    return Holding(name, share * 100, holder_id=holder_id or ids.get(name), paid_fen=paid_fen)


def _parse_holder_id(text: str, *, field: str | None = None) -> str:
    """A company's code or a person's number. :raises Invalid: it proves to be neither."""
    plain = text.strip().upper()
    if is_valid_uscc(plain) or is_valid_resident_id(plain):
        return plain
    message = _("请填写 18 位统一社会信用代码或身份证号码；没有时可不填")
    raise Invalid.of(field, message, "customers.shareholder.id_number")


def _refuse_twice(reader: FormReader, holdings: Sequence[Holding]) -> None:
    names = [holding.name for holding in holdings]
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = _("股东“%(name)s”填写了两次，请合并为一行", name=name)
        reader.refuse("ratio_pct", message, "customers.shareholder.twice")
