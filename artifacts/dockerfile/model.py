"""The typed structure of a Dockerfile. Lines are 1-based and count the lines of the file as it was written."""

from __future__ import annotations

from dataclasses import dataclass

from artifacts.dockerfile.words import split_words, strip_quotes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something a builder would refuse: the line and a sentence."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document of RUN, COPY or ADD. `expand` is false where its name was quoted."""

    name: str
    body: str
    expand: bool = True
    strip_tabs: bool = False


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with its continuation lines joined and its comments dropped.

    `op` is upper-case; `flags` are the leading `--name=value` words; `rest` is what follows them;
    `argv` is the JSON array of the exec form, None in shell form. Lines run from `line` to `end_line` inclusive.
    """

    op: str
    rest: str
    line: int
    end_line: int
    flags: tuple[tuple[str, str], ...] = ()
    argv: tuple[str, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()
    escape: str = "\\"

    def flag(self, name: str) -> str | None:
        """Return the value of the first flag of this name ("" for a bare flag), None when it is absent."""
        for key, value in self.flags:
            if key == name:
                return value
        return None

    def flag_values(self, name: str) -> tuple[str, ...]:
        """Return the values of all flags of this name, in order."""
        return tuple(value for key, value in self.flags if key == name)

    def words(self) -> tuple[str, ...]:
        """Return the arguments: the exec form's items, or the words with their outer quotes removed."""
        if self.argv is not None:
            return self.argv
        return tuple(strip_quotes(word, self.escape) for word in split_words(self.rest, self.escape))

    def script(self) -> str:
        """Return everything a shell would read: the arguments and the bodies of here-documents."""
        parts = [" ".join(self.argv) if self.argv is not None else self.rest]
        parts += [heredoc.body for heredoc in self.heredocs]
        return "\n".join(parts)

    def pairs(self) -> tuple[tuple[str, str | None], ...]:
        """Return the `name=value` pairs of ENV, ARG and LABEL as written (value None for a bare ARG), quotes kept."""
        words = split_words(self.rest, self.escape)
        if not words:
            return ()
        if self.op in ("ENV", "LABEL") and "=" not in words[0]:
            return ((strip_quotes(words[0], self.escape), self.rest.strip()[len(words[0]) :].strip()),)
        pairs: list[tuple[str, str | None]] = []
        for word in words:
            name, sign, value = word.partition("=")
            pairs.append((strip_quotes(name, self.escape), value if sign else None))
        return tuple(pairs)

    def sources(self) -> tuple[str, ...]:
        """Return what COPY or ADD copies, without here-documents and the destination."""
        heredocs = {heredoc.name for heredoc in self.heredocs}
        return tuple(word for word in self.words()[:-1] if not (word.startswith("<<") and word.lstrip("<-").strip("'\"") in heredocs))

    def destination(self) -> str:
        """Return where COPY or ADD copies to, "" when nothing is given."""
        words = self.words()
        return words[-1] if words else ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage. `base` is the image reference or stage name after ARG substitution, `raw_base` as written."""

    index: int
    base: str
    raw_base: str
    name: str | None
    origin: Instruction
    instructions: tuple[Instruction, ...] = ()

    @property
    def line(self) -> int:
        """Return the line of its FROM."""
        return self.origin.line

    def of(self, *ops: str) -> tuple[Instruction, ...]:
        """Return the instructions of these kinds, in order."""
        return tuple(instruction for instruction in self.instructions if instruction.op in ops)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole file. `global_args` stand before the first FROM; `faults` are what a builder would refuse."""

    stages: tuple[Stage, ...] = ()
    global_args: tuple[Instruction, ...] = ()
    directives: tuple[tuple[str, str], ...] = ()
    escape: str = "\\"
    faults: tuple[Fault, ...] = ()

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Return every instruction in the order of the file, FROM included."""
        found = list(self.global_args)
        for stage in self.stages:
            found.append(stage.origin)
            found.extend(stage.instructions)
        return tuple(found)

    def stage(self, reference: str, before: int | None = None) -> Stage | None:
        """Return the stage of this name (case does not matter) or number, only earlier than `before` when given."""
        limit = len(self.stages) if before is None else before
        if reference.isdigit() and len(reference) < 6:
            return self.stages[int(reference)] if int(reference) < limit else None
        for stage in reversed(self.stages[:limit]):
            if stage.name is not None and stage.name.lower() == reference.lower():
                return stage
        return None

    def chain(self, stage: Stage) -> tuple[Stage, ...]:
        """Return the stages this one is built from, the oldest first, itself last."""
        found = [stage]
        while (parent := self.stage(found[0].base, before=found[0].index)) is not None:
            found.insert(0, parent)
        return tuple(found)

    def external_bases(self) -> tuple[Stage, ...]:
        """Return the stages that start from an image rather than from an earlier stage."""
        return tuple(stage for stage in self.stages if self.stage(stage.base, before=stage.index) is None)
