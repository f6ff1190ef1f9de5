"""The people of the demo company and how they sign in."""

from dataclasses import dataclass

PASSWORD = "Zdy-2026-demo!"
DOMAIN = "demo.zaidanyun.cn"


@dataclass(frozen=True)
class Account:
    """One demo user."""

    login: str
    name: str
    department: str
    roles: tuple[str, ...]
    is_head: bool = False
    """Of the department."""

    @property
    def email(self) -> str:
        """What she signs in with."""
        return f"{self.login}@{DOMAIN}"


ACCOUNTS = (
    Account("pm_a", "王丽华", "BIZ1", ("PM_A",)),
    Account("pm_b", "李志强", "BIZ1", ("PM_B",)),
    Account("pm_a2", "陈思远", "BIZ1", ("PM_A", "PM_B")),
    Account("biz_head", "赵建国", "BIZ1", ("BIZ_HEAD",), is_head=True),
    Account("risk", "孙晓梅", "RISK", ("RISK_REVIEWER",)),
    Account("risk_head", "周伟", "RISK", ("RISK_HEAD",), is_head=True),
    Account("legal", "吴敏", "LEGAL", ("LEGAL",), is_head=True),
    Account("finance", "郑海燕", "FIN", ("FINANCE",), is_head=True),
    Account("post", "冯涛", "POST", ("POST_OFFICER",), is_head=True),
    Account("recovery", "蒋文博", "POST", ("RECOVERY_OFFICER",)),
    Account("secretary", "韩雪", "OFFICE", ("COMMITTEE_SEC",)),
    Account("chair", "沈国栋", "OFFICE", ("COMMITTEE_CHAIR", "COMMITTEE_MEMBER")),
    Account("member1", "杨静", "RISK", ("COMMITTEE_MEMBER",)),
    Account("member2", "朱明辉", "FIN", ("COMMITTEE_MEMBER",)),
    Account("member3", "秦岚", "LEGAL", ("COMMITTEE_MEMBER",)),
    Account("member4", "许峰", "BIZ2", ("COMMITTEE_MEMBER",)),
    Account("member5", "何雨桐", "OFFICE", ("COMMITTEE_MEMBER",)),
    Account("member6", "吕志远", "BIZ2", ("COMMITTEE_MEMBER",)),
    Account("gm", "高建军", "OFFICE", ("GM",), is_head=True),
    Account("seal", "马春红", "OFFICE", ("SEAL_KEEPER",)),
    Account("archive", "罗佳", "OFFICE", ("ARCHIVIST",)),
    Account("credit_maker", "梁爽", "FIN", ("CREDIT_MAKER",)),
    Account("credit_checker", "宋伟", "FIN", ("CREDIT_CHECKER",)),
    Account("analyst", "唐悦", "IT", ("BPMN_ANALYST",)),
    Account("admin", "系统管理员", "IT", ("ADMIN",), is_head=True),
    Account("auditor", "邓凯", "OFFICE", ("AUDITOR",)),
)

BY_NAME = {account.name: account for account in ACCOUNTS}
BY_LOGIN = {account.login: account for account in ACCOUNTS}

SHOWN = ("pm_a", "biz_head", "risk", "risk_head", "secretary", "chair", "gm", "legal", "finance", "admin")


def account_lines() -> list[str]:
    """What ``make run`` prints."""
    lines = [f"演示账号（密码均为 {PASSWORD}）："]
    for login in SHOWN:
        account = BY_LOGIN[login]
        lines.append(f"  {account.email:<32} {account.name}  {'、'.join(account.roles)}")
    return lines
