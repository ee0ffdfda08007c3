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
