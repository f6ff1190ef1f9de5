"""Refusals of the products room."""

from app.core.errors import Conflict, Invalid, NotFound


class SchemeRefused(Invalid):
    """The shares of a risk-share scheme do not make a whole; the findings say why."""

    code = "products.scheme.refused"
    message = "风险分担方案不成立，有 {count} 处问题，请按提示更正"


class PremiumRateAboveCeiling(Invalid):
    """The premium rate is above what the national fund allows for an item of this size."""

    code = "products.premium.above_ceiling"
    message = "再担保费率 {asked} 超过该项目适用的上限 {ceiling}，请调低费率"


class SchemeFrozen(Conflict):
    """A scheme that contracts use is never edited."""

    code = "products.scheme.frozen"
    message = "风险分担方案 {scheme} 已被使用，不能修改；请新建一个版本"


class SchemeOverlaps(Conflict):
    """A new version of a scheme begins after the one before."""

    code = "products.scheme.overlaps"
    message = "风险分担方案 {scheme} 的现行版本自 {since:date} 起生效，新版本的生效日应晚于该日"


class ProductNotFound(NotFound):
    """No such product."""

    code = "products.product.not_found"
    message = "没有找到该担保产品"


class ProductExists(Conflict):
    """One code, one product."""

    code = "products.product.exists"
    field = "code"
    message = "产品代码 {product} 已被使用，请换一个"


class ProductNotActive(Conflict):
    """The product is not sold on that day."""

    code = "products.product.not_active"
    message = "产品 {name} 在 {on:date} 未在售，请选择其他产品"


class ParameterMissing(NotFound):
    """A business parameter has no value on that day."""

    code = "products.parameter.missing"
    message = "业务参数「{name}」在 {on:date} 没有有效值，请由管理员在参数表中补充"


class ParameterOverlaps(Conflict):
    """The day is before the newest value's first day, whose past would change."""

    code = "products.parameter.overlaps"
    message = "业务参数「{name}」自 {since:date} 起已有取值，新值的生效日应晚于该日"
