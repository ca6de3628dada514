"""The program's settings: frozen, validated, and the only reader of the environment and of `.env`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an operator can set. Keys given here serve every signed-in user; keys typed on the page serve one browser session."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    # Ensemble (SPEC §3)
    ensemble_default_preset: str = "balanced"
    ensemble_enabled: bool = True
    ensemble_timeout: float = Field(180.0, gt=0, le=3600, description="Seconds one run may take.")
    presets_file: Path | None = Field(None, description="A YAML file of further presets; see docs/presets.md.")

    # Vendors: keys and base URLs. A base URL must be https or loopback (SECURITY 32).
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    gemini_api_key: SecretStr | None = None
    gemini_base_url: str | None = None
    watsonx_api_key: SecretStr | None = None
    watsonx_project_id: str | None = None
    watsonx_url: str = "https://us-south.ml.cloud.ibm.com"
    watsonx_ca_file: Path | None = None
    ollama_host: str | None = Field(None, description="For example http://127.0.0.1:11434")

    # The page
    omni_host: str = "127.0.0.1"
    omni_port: int = Field(8501, ge=0, le=65535)
    omni_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    omni_data_dir: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "omni-architect")
    omni_log_file: Path = Path("omni_architect.log")
    omni_log_level: str = "INFO"
    omni_login_token: SecretStr | None = Field(None, description="Fixed sign-in token; a fresh one is made at each start when unset.")

    # Collaboration (SPEC §11)
    websocket_enabled: bool = True
    websocket_port: int = Field(8502, ge=0, le=65535)
    websocket_ping_interval: float = 30.0
    websocket_timeout: float = 60.0
    max_session_participants: int = Field(10, ge=1, le=100)

    @field_validator("omni_allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take a comma-separated list from the environment."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the process's settings, read once."""
    return Settings()
