"""What a vendor is to the rest of the program: its names, the settings it reads, whether it is ready, and how to make its Provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from config import Settings
from providers.addresses import check_base_url, is_loopback_url
from providers.base import Provider
from providers.errors import ConfigurationError

CALL_PARAMETERS = frozenset({"temperature", "max_tokens", "seed", "logprobs", "timeout", "weight"})
"""Names that may stand in a member's configuration beside the connection; they belong to the call, not to the vendor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value a connection needs: its name in a configuration, in Settings, and the variable an operator sets.

    A `destination` is an address that the key is sent to; a `server_only` value is an operator's to set, not a page's; `also` are other
    names in a configuration; `prepare` completes what people write short.
    """

    name: str
    setting: str
    variable: str
    label: str
    secret: bool = False
    required: bool = False
    default: str = ""
    destination: bool = False
    server_only: bool = False
    also: tuple[str, ...] = ()
    prepare: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How one provider object reaches its vendor. Its text form shows no value, since some are keys."""

    values: Mapping[str, str] = field(repr=False)
    own_base_url: bool = False

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a vendor can take part now; `sentence` says it in words, with the way out where it cannot."""

    vendor: str
    label: str
    ready: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSpec:
    """One vendor. `aliases` are other names users write; `factory` makes a Provider from a model and a connection, without I/O.

    `sees` tells by a model's name whether it is shown pictures.
    """

    id: str
    label: str
    default_model: str
    factory: Callable[[str, Connection], Provider]
    aliases: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    suggested_models: tuple[str, ...] = ()
    sees: Callable[[str], bool] = lambda model: False
    built_in: bool = False
    keyless_elsewhere: bool = False

    @property
    def key_variables(self) -> tuple[str, ...]:
        """Return the environment variables that must be set for this vendor."""
        return tuple(entry.variable for entry in self.fields if entry.required)

    def connection(self, config: Mapping[str, object], settings: Settings | None) -> Connection:
        """Merge the user's configuration over the server's settings.

        A base URL from the configuration never receives the server's key: whoever chooses where a call goes brings the key for it.
        Raises ConfigurationError for an unknown name, a value that is no text, or a base URL that must not be called.
        """
        open_fields = [entry for entry in self.fields if not entry.server_only]
        known = {name for entry in open_fields for name in (entry.name, *entry.also)}
        unknown = sorted(set(config) - known - CALL_PARAMETERS)
        if unknown:
            choices = ", ".join(sorted(known | CALL_PARAMETERS))
            raise ConfigurationError(f"{self.label} does not know the option {unknown[0]!r}; it knows: {choices}.")
        given = {entry.name: _text(_first(config, entry), entry, self.label) for entry in open_fields}
        server = {
            entry.name: _text(getattr(settings, entry.setting, None) if entry.setting else None, entry, self.label) for entry in self.fields
        }
        moved = any(
            given[entry.name] and _same(given[entry.name]) != _same(server[entry.name] or entry.default)
            for entry in open_fields
            if entry.destination
        )
        values: dict[str, str] = {}
        for entry in self.fields:
            inherited = "" if moved and (entry.secret or entry.required) else server[entry.name]
            values[entry.name] = given.get(entry.name, "") or inherited or entry.default
            if entry.destination and values[entry.name]:
                values[entry.name] = check_base_url(values[entry.name])
        own = values.get("base_url", "") != self._default("base_url").rstrip("/")
        return Connection(values=values, own_base_url=own)

    def make(self, *, model: str, config: Mapping[str, object], settings: Settings | None) -> Provider:
        """Return a Provider for the model (the default one when empty); nothing is contacted or imported yet."""
        return self.factory(model or self.default_model, self.connection(config, settings))

    def missing(self, connection: Connection) -> tuple[Field, ...]:
        """Return the required values that are not set. A compatible server of one's own may need no key."""
        missing = tuple(entry for entry in self.fields if entry.required and not connection[entry.name])
        if self.keyless_elsewhere and connection.own_base_url and not self.built_in:
            return tuple(entry for entry in missing if not entry.secret)
        return missing

    def ready(self, settings: Settings | None, config: Mapping[str, object] | None = None) -> Availability:
        """Say from the configuration alone whether this vendor can take part; no network is touched."""
        try:
            connection = self.connection(config or {}, settings)
        except ConfigurationError as error:
            return Availability(self.id, self.label, False, error.message)
        missing = self.missing(connection)
        if missing:
            return Availability(self.id, self.label, False, self.missing_sentence(missing))
        if self.built_in:
            return Availability(self.id, self.label, True, "Ready: built in, needs no key and no network.")
        where = connection["base_url"]
        if where and is_loopback_url(where):
            return Availability(self.id, self.label, True, f"Ready: set up for {where} on this machine.")
        return Availability(self.id, self.label, True, "Ready: a key is set." if self.key_variables else f"Ready: set up for {where}.")

    def missing_sentence(self, missing: tuple[Field, ...]) -> str:
        """Return the sentence that names what is not set and the way out."""
        names = " and ".join(entry.label for entry in missing)
        variables = " and ".join(entry.variable for entry in missing)
        return f"{self.label} has no {names}: set {variables} in the environment or .env, or enter it on the Settings page."

    def _default(self, name: str) -> str:
        return next((entry.default for entry in self.fields if entry.name == name), "")


def _same(url: str) -> str:
    return url.rstrip("/").lower()


def _first(config: Mapping[str, object], entry: Field) -> object:
    return next((config[name] for name in (entry.name, *entry.also) if config.get(name) is not None), None)


def _text(value: object, entry: Field, label: str) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    text = str(value).strip() if isinstance(value, str) or hasattr(value, "__fspath__") else None
    if text is None:
        raise ConfigurationError(f"{label}: {entry.label} must be text, got {type(value).__name__}.")
    if any(ord(character) < 32 or ord(character) == 127 for character in text) or (entry.secret and not text.isascii()):
        raise ConfigurationError(f"{label}: the {entry.label} contains characters that cannot be sent; copy it again.")
    return entry.prepare(text) if text and entry.prepare else text
