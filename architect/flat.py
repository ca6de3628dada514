"""Settings files (properties, YAML, HOCON) as flat dotted keys with their lines, even where a strict parser would give up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from architect.profile import Evidence

_PLACEHOLDER = re.compile(r"\$\{\??([A-Za-z_][\w.-]*)(?::-?([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value as written, and its line."""

    value: str
    evidence: Evidence

    @property
    def resolved(self) -> str:
        """Return the value with placeholders replaced by their defaults (`${PORT:8080}` is 8080)."""
        text = self.value
        for _ in range(4):
            text, count = _PLACEHOLDER.subn(lambda hit: hit[2] or "", text)
            if not count:
                break
        return text.strip().strip("\"'")

    @property
    def variables(self) -> tuple[tuple[str, str | None], ...]:
        """Return the placeholders' names and defaults that look like environment variables."""
        return tuple(
            (name, default or None) for name, default in _PLACEHOLDER.findall(self.value) if re.fullmatch(r"[A-Z][A-Z0-9_]+", name)
        )


Settings = Mapping[str, Setting]


def flatten(path: str, text: str) -> Settings:
    """Return every scalar of a settings file by its dotted key, lower-case; the first mention of a key wins.

    Of a YAML file with several documents, those that only a profile switches on are left out. The format follows the ending.
    """
    if path.endswith((".yml", ".yaml")):
        return _yaml(path, text)
    if path.endswith((".conf", ".hocon")):
        return _hocon(path, text)
    if path.endswith((".toml", ".ini")):
        return _tables(path, text)
    return _properties(path, text)


def number(settings: Settings, *keys: str) -> tuple[int, Evidence] | None:
    """Return the first of these keys that holds a port number, placeholders' defaults included."""
    for key in keys:
        setting = settings.get(key)
        if setting and re.fullmatch(r"\d{1,5}", setting.resolved) and 1 <= int(setting.resolved) <= 65535:
            return int(setting.resolved), setting.evidence
    return None


def socket(settings: Settings, *keys: str) -> tuple[int, str, str, Evidence] | None:
    """Return port, host, key and line of the first of these keys that holds an address with a port (`127.0.0.1:8000`)."""
    for key in keys:
        setting = settings.get(key)
        hit = re.fullmatch(r"(?:\w+://)?([\w.-]*|\[[\da-fA-F:]+\]):(\d{2,5})/?", setting.resolved) if setting else None
        if setting and hit and 1 <= int(hit[2]) <= 65535:
            return int(hit[2]), hit[1].strip("[]"), key, setting.evidence
    return None


def _properties(path: str, text: str) -> Settings:
    found: dict[str, Setting] = {}
    for line, raw in enumerate(text.split("\n"), 1):
        hit = re.match(r"[ \t]*([\w.%\[\]/-]+)[ \t]*[=:][ \t]*(.*?)[ \t]*$", raw)
        if hit:
            found.setdefault(hit[1].lower(), Setting(hit[2], Evidence(path, line, raw.strip()[:160])))
    return found


def _tables(path: str, text: str) -> Settings:
    """Read `[table]` headings as prefixes; a key is known by its plain name too, where no earlier one has it."""
    found: dict[str, Setting] = {}
    table = ""
    for line, raw in enumerate(text.split("\n"), 1):
        heading = re.match(r"[ \t]*\[+[ \t]*([\w.\"'-]+)[ \t]*\]+", raw)
        hit = re.match(r"[ \t]*[\"']?([\w.-]+)[\"']?[ \t]*=[ \t]*(\"[^\"]*\"|'[^']*'|[^#\n]*)", raw)
        if heading:
            table = re.sub(r"[\"']", "", heading[1]).lower() + "."
        elif hit:
            setting = Setting(hit[2].strip(), Evidence(path, line, raw.strip()[:160]))
            found.setdefault(table + hit[1].lower(), setting)
            found.setdefault(hit[1].lower(), setting)
    return found


def _yaml(path: str, text: str) -> Settings:
    found: dict[str, Setting] = {}
    document: dict[str, Setting] = {}
    stack: list[tuple[int, str]] = []
    for line, raw in enumerate((*text.split("\n"), "---"), 1):
        if re.match(r"---(\s|$)", raw):
            if not any(
                key.startswith(("spring.config.activate.on-profile", "spring.profiles")) and key != "spring.profiles.active"
                for key in document
            ):
                for key, setting in document.items():
                    found.setdefault(key, setting)
            document, stack = {}, []
            continue
        hit = re.match(r"([ \t]*)(?:-[ \t]+)?[\"']?([\w.%${}/:-]+?)[\"']?[ \t]*:(?:[ \t]+(.*?))?[ \t]*$", raw)
        if hit is None or raw.lstrip().startswith("#"):
            continue
        depth = len(hit[1])
        while stack and stack[-1][0] >= depth:
            stack.pop()
        stack.append((depth, hit[2].lower()))
        value = re.sub(r"[ \t]+#.*$", "", hit[3] or "").strip()
        if value and not value.startswith("#"):
            document.setdefault(".".join(key for _, key in stack), Setting(value.strip("\"'"), Evidence(path, line, raw.strip()[:160])))
    return found


def _hocon(path: str, text: str) -> Settings:
    """Read nested blocks; a later `key = ${?VAR}` keeps the value before it and names the variable."""
    found: dict[str, Setting] = {}
    stack: list[str] = []
    for line, raw in enumerate(text.split("\n"), 1):
        bare = re.sub(r"\$\{(\??[\w.-]+)\}", "\x01\\1\x02", re.sub(r"(^|\s)(#|//).*$", "", raw).strip())
        for piece in re.split(r"(?<=\{)|(?=\})|,", bare):
            piece = piece.strip()
            opened = re.fullmatch(r"[\"']?([\w.-]+)[\"']?\s*[:=]?\s*\{", piece)
            hit = re.fullmatch(r"[\"']?([\w.-]+)[\"']?\s*[:=]\s*(.+)", piece)
            if opened:
                stack.append(opened[1].lower())
            elif hit and not hit[2].endswith("{"):
                key = ".".join((*stack, hit[1].lower()))
                old = found.get(key)
                value = hit[2].strip().replace("\x01", "${").replace("\x02", "}")
                if old is None:
                    found[key] = Setting(value, Evidence(path, line, raw.strip()[:160]))
                elif value.startswith("${?"):
                    found[key] = Setting(f"{value[:-1].replace('${?', '${')}:{old.value}}}", old.evidence)
            if piece.startswith("}") and stack:
                stack.pop()
    return found
