"""Settings from the environment; only entry points read them."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`WELLHEAD_…` variables; command-line options win over them."""

    model_config = SettingsConfigDict(env_prefix="WELLHEAD_")

    rpc_url: str | None = None
    """JSON-RPC endpoint; without one, the in-process chain."""
    home: Path | None = None
    """Where databases, spools and published files go; without one, a folder that is removed at the end."""
    anvil_binary: Path = Path("node_modules/.bin/anvil")
    """Development node started by `--chain anvil`."""
    deployment: Path | None = None
    """The deployment's published file."""
    database: str | None = None
    """Where a member keeps what it knows, as SQLAlchemy writes it."""
    keystore: Path | None = None
    """Keystore v3 file of a member's key."""
    keystore_password_file: Path | None = None
    """File with the keystore's password, readable by nobody else."""
    kms_key: str | None = None
    """AWS KMS key of a member, instead of a keystore."""
    balance_floor_wei: int = 5 * 10**16
    """Native coin below which a person is called."""
