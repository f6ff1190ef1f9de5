"""Settings: read from the environment once, checked at start; business parameters do not live here."""

import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(RuntimeError):
    """A setting is missing or makes no sense; the program does not start."""


@dataclass(frozen=True)
class Settings:
    """Where things are. Nothing but these addresses may differ between a laptop and production."""

    database_url: str
    redis_url: str
    files_url: str
    secret_key: str = field(repr=False)
    data_key: str = field(repr=False)
    """32 bytes as hex: the key personal data are encrypted with."""
    analysts_root: Path = ROOT
    """Folder that holds ``processes/ forms/ rules/``."""
    environment: str = "demo"
    trusted_proxies: int = 0
    default_locale: str = "zh_CN"
    max_upload_bytes: int = 50 * 1024 * 1024
    sms_sender: str = "console"
    """A name known to ``app.support.notices.senders``; ``create_app`` refuses others."""
    clock_shift_days: int = 0
    """Days this process's clock is ahead, for demonstrations; refused in production."""

    @classmethod
    def from_environment(cls, environ: dict[str, str] | None = None) -> "Settings":
        """Read the environment; secrets have no default (``make run`` writes demo ones to instance/)."""
        env = dict(os.environ if environ is None else environ)
        instance = Path(env.get("INSTANCE_DIR", ROOT / "instance"))
        env = {**_read_env_file(instance / "settings.env"), **env}
        missing = [name for name in ("SECRET_KEY", "DATA_KEY") if not env.get(name)]
        if missing:
            raise SettingsError(f"{', '.join(missing)} is missing: run `make setup` or set the environment")
        if len(env["DATA_KEY"]) != 64:
            raise SettingsError("DATA_KEY must be 32 bytes written as 64 hex digits")
        return cls(
            database_url=_database_url(env.get("DATABASE_URL"), instance),
            redis_url=env.get("REDIS_URL") or f"unix://{instance / 'redis.sock'}",
            files_url=env.get("FILES_URL") or f"file://{instance / 'files'}",
            secret_key=env["SECRET_KEY"],
            data_key=env["DATA_KEY"],
            analysts_root=Path(env.get("ANALYSTS_ROOT", ROOT)),
            environment=env.get("APP_ENVIRONMENT", "demo"),
            trusted_proxies=int(env.get("TRUSTED_PROXIES", "0")),
            default_locale=env.get("DEFAULT_LOCALE", "zh_CN"),
            sms_sender=env.get("SMS_SENDER") or "console",
            clock_shift_days=_clock_shift(env),
        )


def _clock_shift(env: dict[str, str]) -> int:
    days = int(env.get("CLOCK_SHIFT_DAYS") or 0)
    if days and env.get("APP_ENVIRONMENT") == "production":
        raise SettingsError("CLOCK_SHIFT_DAYS is for demonstrations, not for production")
    return days


def _database_url(url: str | None, instance: Path) -> str:
    """Name the psycopg driver when the operator wrote a plain PostgreSQL address."""
    if not url:
        return f"sqlite:///{instance / 'app.db'}"
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and line[0] != "#")
    return {name.strip(): value.strip() for name, value in pairs}
