"""Settings from the environment, and secrets that make themselves."""

import secrets
from contextlib import suppress
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.base.tax import TaxRounding

PROJECT_DIR = Path(__file__).parent.parent.parent


class Settings(BaseSettings):
    """Everything an operator can set, each as `SALESBOOK_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="SALESBOOK_")

    data_dir: Path = Field(PROJECT_DIR / "data" / "var", description="Where databases, mirrors and secrets live.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the data directory.")
    company: str = Field("", description="The company's name, shown at the door and above the menu.")
    timezone: str = Field("Asia/Shanghai", description="The company's time zone; decides business days.")
    currency: str = Field("CNY", description="The company's currency (ISO 4217).")
    prices_include_tax: bool = Field(True, description="Whether entered prices include VAT.")
    tax_rounding: TaxRounding = Field(TaxRounding.LINE, description="Where new orders round tax: line or document.")
    carrying_cost_rate: Decimal = Field(
        Decimal("0.20"), ge=0, description="What a year of keeping stock costs, as a part of its value."
    )
    demo: bool = Field(False, description="Offer one-click demo accounts; refused when hosted.")
    public_url: str = Field("", description="The address people open the app under; links in notices begin with it.")
    hosted: bool = Field(False, description="Served to a team: secure cookies, no demo mode.")
    session_idle_minutes: int = Field(720, description="A sign-in ends after so many idle minutes.")
    session_days: int = Field(14, description="A sign-in ends after so many days at the latest.")
    metrics_token: str = Field("", description="Who asks for /metrics with this bearer token is answered.")
    proof_minutes: int = Field(10, ge=1, description="For so long a typed password opens what asks for it again.")
    address_failures: int = Field(30, ge=1, description="Failed sign-ins in 15 minutes that close an address.")
    trusted_proxies: str = Field("", description="Addresses or networks of own proxies, whose word on clients counts.")
    oidc_metadata_url: str = Field("", description="Where an OpenID provider describes itself; empty means none.")
    oidc_client_id: str = Field("", description="What the provider calls this installation.")
    oidc_client_secret: str = Field("", repr=False, description="The secret shared with the provider.")
    oidc_redirect_url: str = Field("", description="Our address that it sends people back to: …/oauth2callback.")
    oidc_cookie_secret: str = Field("", repr=False, description="Signs what it said; the same in all processes.")
    oidc_label: str = Field("", description="What the button at the door calls the company account.")
    run_jobs: bool = Field(True, description="Run background jobs here; false where `python -m core jobs run` does.")

    backup_dir: str = Field("", description="Where backups are kept on this machine; empty: in the data directory.")
    backup_key: str = Field("", description="The key of backups; empty: made once, in the data directory.")
    offsite_url: str = Field("", description="Where backups are sent, instead of the place chosen on the screen.")
    pg_bin: str = Field("", description="The folder of pg_dump, pg_restore and psql; empty: they are looked for.")

    @cached_property
    def url(self) -> str:
        """The database to use, with a driver we ship."""
        if not self.database_url:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            return f"sqlite:///{self.data_dir / 'salesbook.db'}"
        for plain in ("postgresql://", "postgres://"):
            if self.database_url.startswith(plain):
                return "postgresql+psycopg://" + self.database_url.removeprefix(plain)
        return self.database_url

    def environment(self) -> dict[str, str]:
        """The variables that give another process these settings."""
        return {f"SALESBOOK_{name.upper()}": str(value) for name, value in self.model_dump().items()}

    def secret(self, name: str) -> str:
        """A secret kept in a file of mode 0600, generated on first use and never printed."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        file = self.data_dir / f"{name}.secret"
        if not file.exists():
            fresh = self.data_dir / f"{name}.{secrets.token_hex(8)}"
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            with suppress(FileExistsError):
                file.hardlink_to(fresh)
            fresh.unlink()
        return file.read_text()
