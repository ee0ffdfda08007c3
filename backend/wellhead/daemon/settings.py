"""What a daemon is told: `WELLHEAD_…` variables over a TOML file over defaults."""

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from wellhead.daemon.steps.context import Duties


class DaemonSettings(BaseSettings):
    """One daemon's configuration; nested as `WELLHEAD_DUTIES__SETTLE=false`, peers as a JSON object."""

    model_config = SettingsConfigDict(env_prefix="WELLHEAD_", env_nested_delimiter="__", extra="ignore")

    rpc_url: str
    """JSON-RPC endpoint of the chain."""
    deployment: Path = Path("deployment.json")
    """The deployment's published file."""
    database: str = "sqlite:///wellhead.sqlite"
    """Where readings, proposals, signatures, transactions and the lease are kept."""
    published: Path = Path("published")
    """Folder of published files: device lists are read from it, bundles written into it."""
    keystore: Path | None = None
    """Keystore v3 file of the member's key; without one, a dry run that signs nothing."""
    keystore_password_file: Path | None = None
    """File with its password, readable by nobody else; without one, `WELLHEAD_KEYSTORE_PASSWORD`."""
    kms_key: str | None = None
    """AWS KMS key of the member, instead of a keystore."""
    metrics_port: int = 9464
    """Loopback port of `/metrics`, `/healthz` and `/readyz`; 0 takes a free one."""
    balance_floor_wei: int = 5 * 10**16
    """Native coin below which a person is called."""
    balance_drop_wei_max: int = 10**17
    """Native coin lost in ten minutes from which on a person is called."""
    foreign_transactions_known: int = 0
    """Transactions by the key that the outbox did not make and a person has looked into."""
    live: bool = False
    """Send transactions; otherwise the rounds only say what they would send."""
    is_member: bool = True
    """Whether the key is a committee member's; a keeper only settles and pushes."""
    listen_host: str = "127.0.0.1"
    """Where the exchange listens."""
    listen_port: int = 8700
    """0: no exchange."""
    peers: dict[str, str] = Field(default_factory=dict)
    """The other members: address → URL of their exchange."""
    sources_min: int | None = None
    """Members' stores that a report is made from at least; by default a quorum."""
    interval_seconds: float = 10.0
    """Between two rounds."""
    lease_seconds: float = 60.0
    """How long a daemon that does not answer keeps others of its database waiting."""
    wait_seconds: float = 5.0
    """How long one transaction's block is waited for in a round."""
    duties: Duties = Field(default_factory=Duties)
    """What is done beside reporting, and how eagerly."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(config: Path | None, **given: Any) -> DaemonSettings:
    """Settings with a TOML file and what the command line gave; raises InputError's cousin ValueError."""

    class FromFile(DaemonSettings):
        """The same with this file."""

        model_config = SettingsConfigDict(toml_file=config)

    return FromFile(**{name: value for name, value in given.items() if value is not None})
