"""Read a question set from YAML, JSON or CSV: bounded, checked, and every complaint with its place."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from artifacts.errors import UnreadableArtifact
from artifacts.yamltree import read_yaml
from engine.experiments.records import ACCEPT, Configuration, ExperimentProblem, Question, QuestionSet
from engine.generate import NothingToGenerate, parse_target
from providers import execution as executions
from providers import knobs, normalisation, strategies, vendors

MAX_BYTES = 256 * 1024
MAX_QUESTIONS = 500
MAX_CONFIGURATIONS = 20
SHIPPED = Path(__file__).parent / "sets"
ENDINGS = ("yaml", "yml", "json", "csv")
COLUMNS = ("id", "ask", "expect", "normalization", "repository", "target", "accept")
_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)
_Text = Annotated[str, Field(max_length=4_000)]
_Short = Annotated[str, Field(max_length=300)]


class _Question(BaseModel):
    model_config = _STRICT

    id: Annotated[str, Field(max_length=60)] = ""
    ask: _Text = ""
    expect: Annotated[tuple[_Short, ...], Field(strict=False, max_length=20)] = ()
    normalization: str = "lowercase_trim"
    repository: _Short = ""
    target: Annotated[tuple[_Short, ...], Field(strict=False, max_length=12)] = ()
    accept: float = Field(ACCEPT, ge=0, le=1)

    @field_validator("expect", "target", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        values = value if isinstance(value, list) else [value]
        return [_written(entry) if isinstance(entry, bool | int | float) else entry for entry in values]

    @field_validator("normalization")
    @classmethod
    def _known(cls, name: str) -> str:
        normalisation.find(name)
        return name

    @model_validator(mode="after")
    def _whole(self) -> _Question:
        if self.repository:
            if self.expect:
                raise ValueError("a repository question is measured by the judge's score; leave out 'expect'")
            for target in self.target:
                try:
                    parse_target(target)
                except NothingToGenerate as problem:
                    raise ValueError(str(problem)) from None
        elif not self.ask:
            raise ValueError("needs 'ask' with 'expect', or 'repository' with 'target'")
        elif not self.expect:
            raise ValueError("needs 'expect', the right answer or a list of them")
        elif self.target:
            raise ValueError("'target' needs a 'repository', for example: sample")
        else:
            reads = normalisation.find(self.normalization)
            if unread := next((answer for answer in self.expect if not answer or reads(answer) is None), None):
                raise ValueError(f"the expected answer {unread[:40]!r} cannot be read as {self.normalization}")
        return self

    def made(self, place: int) -> Question:
        return Question(
            id=self.id or f"q{place}",
            ask=self.ask,
            expect=self.expect,
            normalization=self.normalization,
            repository=self.repository,
            targets=self.target or (("dockerfile",) if self.repository else ()),
            accept=self.accept,
        )


class _Configuration(BaseModel):
    model_config = _STRICT

    name: Annotated[str, Field(min_length=1, max_length=60)]
    preset: Annotated[str, Field(max_length=40)] = ""
    members: Annotated[tuple[Annotated[str, Field(max_length=220)], ...], Field(strict=False, max_length=12)] = ()
    strategy: str = ""
    execution: str = ""
    aggregator: Annotated[str, Field(max_length=220)] = ""
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    timeout: float | None = Field(None, gt=0, le=3_600)
    options: dict[str, float] = Field(default_factory=dict)

    @field_validator("strategy")
    @classmethod
    def _known_strategy(cls, name: str) -> str:
        return strategies.find(name).id if name else ""

    @field_validator("execution")
    @classmethod
    def _known_execution(cls, name: str) -> str:
        return executions.find(name).id if name else ""

    @field_validator("members")
    @classmethod
    def _known_members(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            vendors.find(name.partition("/")[0])
        return names

    @field_validator("options")
    @classmethod
    def _known_options(cls, given: dict[str, float]) -> dict[str, float]:
        known = {knob.name: knob for knob in knobs.KNOBS}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"there is no option {name[:40]!r}; known are: {', '.join(known)}")
            known[name].check(int(value) if known[name].whole and float(value).is_integer() else value)
        return given

    @model_validator(mode="after")
    def _one_line_up(self) -> _Configuration:
        if self.preset and self.members:
            raise ValueError("has both 'preset' and 'members'; choose one")
        return self


class _File(BaseModel):
    model_config = _STRICT

    title: Annotated[str, Field(max_length=80)] = ""
    description: Annotated[str, Field(max_length=600)] = ""
    questions: Annotated[tuple[_Question, ...], Field(strict=False, min_length=1, max_length=MAX_QUESTIONS)]
    configurations: Annotated[tuple[_Configuration, ...], Field(strict=False, max_length=MAX_CONFIGURATIONS)] = ()


def shipped() -> dict[str, Path]:
    """Return the question sets that come with the program, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.yaml"))}


def load(path: Path) -> QuestionSet:
    """Return the question set of a file; raises ExperimentProblem."""
    try:
        # not blocking, and a look before anything is read: a pipe in the file's place would be waited for without end
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ExperimentProblem(f"{path.name} is not a regular file.")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise ExperimentProblem(f"{path.name} could not be read: {why}. Shipped sets: {', '.join(shipped())}.") from None
    return parse(content, path.name)


def parse(content: bytes, name: str) -> QuestionSet:
    """Return the question set of a file's bytes, read by the ending of its name; raises ExperimentProblem with what is wrong where."""
    if len(content) > MAX_BYTES:
        raise ExperimentProblem(f"{name} is larger than {MAX_BYTES // 1024} KiB. Split it into several question sets.")
    ending = name.rpartition(".")[2].lower()
    if ending not in ENDINGS:
        raise ExperimentProblem(f"{name[:60]} is neither YAML, JSON nor CSV by its name; it should end in .{', .'.join(ENDINGS)}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ExperimentProblem(f"{name} is not UTF-8 text.") from None
    data = _from_csv(text, name) if ending == "csv" else _from_json(text, name) if ending == "json" else _from_yaml(text, name)
    if isinstance(data, list):
        data = {"questions": data}
    if not isinstance(data, dict):
        raise ExperimentProblem(f"{name} must hold a list 'questions', each with 'ask' and 'expect', or 'repository' and 'target'.")
    try:
        found = _File.model_validate(data)
    except ValidationError as error:
        raise ExperimentProblem(f"{name}: " + "; ".join(_problems(error))) from None
    questions = tuple(entry.made(place) for place, entry in enumerate(found.questions, 1))
    _unique([question.id for question in questions], "question id", name)
    _unique([entry.name for entry in found.configurations], "configuration name", name)
    return QuestionSet(
        title=found.title or name.rpartition(".")[0][:80] or "Questions",
        description=found.description,
        questions=questions,
        configurations=tuple(Configuration(**entry.model_dump()) for entry in found.configurations),
    )


def _from_yaml(text: str, name: str) -> Any:
    try:
        return read_yaml(text).plain()
    except UnreadableArtifact as error:
        raise ExperimentProblem(f"{name} is not usable YAML: {error}") from None


def _from_json(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        why = error.msg if isinstance(error, json.JSONDecodeError) else "it nests too deep or holds a number that is none"
        raise ExperimentProblem(f"{name} is not valid JSON: {why}{where}.") from None


def _from_csv(text: str, name: str) -> Any:
    try:
        table = csv.DictReader(io.StringIO(text), strict=True)
        rows = []
        unknown = [column for column in table.fieldnames or () if column not in COLUMNS]
        if unknown or not table.fieldnames:
            raise ExperimentProblem(f"{name}: the first line must name columns out of {', '.join(COLUMNS)}.")
        for place, row in enumerate(table, 1):
            if place > MAX_QUESTIONS:
                raise ExperimentProblem(f"{name} holds more than {MAX_QUESTIONS} questions. Split it into several question sets.")
            if None in row:
                raise ExperimentProblem(f"{name}: line {table.line_num} has more cells than the first line names.")
            entry: dict[str, Any] = {key: value for key, value in row.items() if value}
            for column in ("expect", "target"):
                if column in entry:
                    entry[column] = [part.strip() for part in entry[column].split("|")]
            if "accept" in entry:
                entry["accept"] = float(entry["accept"])
            rows.append(entry)
    except (csv.Error, ValueError) as error:
        if isinstance(error, ExperimentProblem):
            raise
        raise ExperimentProblem(f"{name} is not valid CSV: {error}.") from None
    return rows


def _problems(error: ValidationError) -> list[str]:
    found = []
    for entry in error.errors(include_url=False, include_input=False)[:5]:
        place = " ".join(f"{part + 1}" if isinstance(part, int) else str(part) for part in entry["loc"][:4])
        place = place.replace("questions ", "question ").replace("configurations ", "configuration ") or "file"
        message = entry["msg"].removeprefix("Value error, ")
        if entry["type"] == "extra_forbidden":
            models: dict[object, type[BaseModel]] = {"questions": _Question, "configurations": _Configuration}
            model = models.get(entry["loc"][0], _File) if len(entry["loc"]) > 1 else _File
            message = f"is not known; known are: {', '.join(model.model_fields)}"
        elif entry["type"] == "too_long" and entry["loc"] == ("questions",):
            message = f"at most {MAX_QUESTIONS} are read; split it into several sets"
        found.append(f"{place[:120]}: {message[:300]}")
    return found


def _unique(names: Sequence[str], what: str, file: str) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ExperimentProblem(f"{file}: the {what} {twice!r} is used twice.")


def _written(value: object) -> str:
    """Write a value of YAML or JSON as a reader would: true rather than True, 4 rather than 4.0."""
    return str(value).lower() if isinstance(value, bool) else f"{value:.12g}"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
