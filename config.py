"""The program's settings: frozen, validated, and the only reader of the environment and of `.env`."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_ICE = re.compile(r"(stun|turn|turns):[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?(\?transport=(udp|tcp))?")


class IceServer(BaseModel):
    """A server that helps browsers and this app find a way for the sound of a voice room: STUN, or TURN with a name and a password."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    urls: tuple[str, ...] = Field(min_length=1, max_length=4)
    username: str | None = Field(None, max_length=200)
    credential: SecretStr | None = None

    @field_validator("urls", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable(self) -> IceServer:
        for url in self.urls:
            found = _ICE.fullmatch(url)
            # what the app's own side would pass over without a word is refused here
            if found is None or (found[1], found[4]) in (("stun", "udp"), ("stun", "tcp"), ("turns", "udp")):
                raise ValueError("an address is stun:host:port, turn:host:port?transport=udp (or tcp), or turns:host:port")
            if found[1] != "stun" and not (self.username and self.credential and self.credential.get_secret_value()):
                raise ValueError("a TURN server needs its username and its credential")
        return self


class Settings(BaseSettings):
    """Everything an operator can set. Keys given here serve every signed-in user; keys typed on the page serve one browser session."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    # Ensemble (SPEC §3)
    ensemble_default_preset: str = "balanced"
    ensemble_enabled: bool = True
    ensemble_timeout: float = Field(180.0, gt=0, le=3600, description="Seconds one run may take.")
    presets_file: Path | None = Field(None, description="A YAML file of further presets; see docs/guide.md.")

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

    # Dictation (docs/pictures.md): a server with OpenAI's /audio/transcriptions; without one, an OpenAI key serves
    transcription_base_url: str | None = None
    transcription_model: str = Field("whisper-1", min_length=1, max_length=200)
    transcription_api_key: SecretStr | None = None

    council_frames: float = Field(60.0, gt=0, le=60, description="Frames a second of the live council, at most.")
    local_tier: Literal["auto", "low", "mid", "high", "hybrid"] = Field("auto", description="Local models at work at once: 2, 4, 6, 6.")

    # The page
    omni_host: str = "127.0.0.1"
    omni_port: int = Field(8501, ge=0, le=65535)
    omni_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    omni_data_dir: Path = Field(default_factory=lambda: Path.home() / ".local" / "share" / "omni-architect")
    omni_log_file: Path = Path("omni_architect.log")
    omni_log_level: str = "INFO"
    omni_login_token: SecretStr | None = Field(None, description="Fixed sign-in token; a fresh one is made at each start when unset.")

    # Resilience and accounts (docs/resilience.md): what one user may ask for; 0 calls a minute is no limit, an empty budget none
    vendor_calls_per_minute: Annotated[tuple[tuple[str, int], ...], NoDecode] = (("*", 120),)
    vendor_tokens_per_minute: Annotated[tuple[tuple[str, int], ...], NoDecode] = ()
    vendor_tokens_per_day: int | None = Field(None, ge=1)
    budget_usd_per_run: float | None = Field(None, gt=0, allow_inf_nan=False)
    budget_usd_per_day: float | None = Field(None, gt=0, allow_inf_nan=False)
    answer_cache: Literal["never", "repeatable", "always"] = "repeatable"
    answer_cache_hours: float = Field(24.0, gt=0, le=24 * 365)
    answer_cache_mib: int = Field(64, ge=1, le=16_384)
    redis_url: SecretStr | None = Field(None, description="For example redis://127.0.0.1:6379/0")

    # Telemetry (docs/monitoring.md)
    metrics_enabled: bool = True
    otel_exporter_otlp_endpoint: str | None = Field(None, description="An OTLP receiver over HTTP, e.g. http://127.0.0.1:4318")
    otel_exporter_otlp_headers: SecretStr | None = None
    otel_service_name: str = "omni-architect"

    # Collaboration (SPEC §11)
    websocket_enabled: bool = True
    websocket_port: int = Field(8502, ge=0, le=65535)
    websocket_ping_interval: float = Field(30.0, gt=0, le=3600)
    websocket_timeout: float = Field(60.0, gt=0, le=7200, description="Seconds after which a silent connection counts as dead.")
    websocket_public_url: str | None = Field(None, description="Where browsers reach the sidecar when a proxy stands in front: wss://...")
    websocket_secret: SecretStr | None = Field(None, description="Signs join tokens; made and kept in the data folder when unset.")
    max_session_participants: int = Field(10, ge=1, le=100)
    # Voice: empty asks nobody, which does where browsers reach this machine by UDP (docs/collaboration.md)
    webrtc_ice_servers: Annotated[tuple[IceServer, ...], NoDecode] = Field((), max_length=4)

    @field_validator("vendor_calls_per_minute", "vendor_tokens_per_minute", mode="before")
    @classmethod
    def _limits(cls, value: object) -> object:
        """Take `120`, or `openai=60,gemini=10,*=120` with `*` for every other vendor."""
        if isinstance(value, int | str) and not isinstance(value, bool):
            parts = [part.strip() for part in str(value).split(",") if part.strip()]
            pairs = [part.partition("=") if "=" in part else ("*", "=", part) for part in parts]
            if not all(name.strip() and count.strip().isascii() and count.strip().isdigit() for name, _, count in pairs):
                raise ValueError("write a number a minute, as 120, or vendor by vendor, as openai=60,gemini=10,*=120")
            return tuple((name.strip().lower(), int(count)) for name, _, count in pairs)
        return value

    @field_validator(
        "vendor_tokens_per_day",
        "budget_usd_per_run",
        "budget_usd_per_day",
        "redis_url",
        "transcription_base_url",
        "transcription_api_key",
        "websocket_public_url",
        "websocket_secret",
        "otel_exporter_otlp_endpoint",
        "otel_exporter_otlp_headers",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        """Take an empty variable as one that is not there."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("webrtc_ice_servers", mode="before")
    @classmethod
    def _ice(cls, value: object) -> object:
        """Take a JSON list as browsers know it; what is wrong with it is said without what it holds, which may be a password."""
        if not isinstance(value, str):
            return value
        try:
            found = json.loads(value) if value.strip() else []
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise ValueError('write a JSON list of servers, as [{"urls": "stun:stun.example.org:3478"}]') from None
        return tuple(found)

    @field_validator("omni_allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take a comma-separated list from the environment."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the process's settings, read once."""
    return Settings()
