"""The decisions of a Terraform file: providers, state, what runs and how, databases, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from artifacts.records import Decision
from artifacts.terraform.facts import Answer, answers, shown
from artifacts.terraform.model import Block, Mapping, Template, TerraformFile
from artifacts.terraform.module import Module
from artifacts.terraform.writing import write

NONE = "none"
_REGION = ("region", "location")


def terraform_decisions(file: TerraformFile, path: str) -> tuple[Decision, ...]:
    """Return the decisions of one file; a value that another file of the folder holds stands as the reference it is."""
    module = Module([(path, file)])
    if not path.endswith(".tf"):
        return tuple(_settings(file, path))
    return (*_declared(module, path), *_settled(module, path), *_decided(module, path), *_variables(module, path))


def grouped(module: Module) -> dict[str, list[Answer]]:
    """Return the answers by question, in the order of the file."""
    found: dict[str, list[Answer]] = {}
    for answer in answers(module):
        found.setdefault(answer.question, []).append(answer)
    return found


def _decided(module: Module, path: str) -> Iterator[Decision]:
    for question, given in grouped(module).items():
        value = ", ".join(sorted({answer.text for answer in given}))
        yield Decision(path, question, value[:2000], given[0].line, given[0].blocking)


def _declared(module: Module, path: str) -> Iterator[Decision]:
    types = sorted({placed.block.labels[0] for placed in module.resources()})
    if types:
        first = next(module.resources()).block.line
        yield Decision(path, "resources", ", ".join(types)[:4000], first)
    outputs = [placed.block for placed in module.of("output") if placed.block.labels]
    if outputs:
        yield Decision(path, "outputs", ", ".join(sorted(block.labels[0] for block in outputs))[:2000], outputs[0].line)


def _settled(module: Module, path: str) -> Iterator[Decision]:
    for placed in module.of("terraform"):
        block = placed.block
        version = block.body.attribute("required_version")
        if version is not None:
            yield Decision(path, "terraform_version", shown(module.value(version.value)), version.line)
        for name, source, line in providers(module, block):
            yield Decision(path, f"provider.{name}", source, line, blocking=True)
        backend = next(iter((*block.body.of("backend"), *block.body.of("cloud"))), None)
        if backend is not None:
            yield Decision(path, "backend", " ".join((*backend.labels, *(["cloud"] if backend.kind == "cloud" else []))), backend.line)
    for placed in module.of("provider"):
        for name in _REGION:
            attribute = placed.block.body.attribute(name)
            if attribute is not None and not placed.block.body.get("alias"):
                yield Decision(path, f"region.{'.'.join(placed.block.labels)}", shown(module.value(attribute.value)), attribute.line)
                break


def providers(module: Module, block: Block) -> Iterator[tuple[str, str, int]]:
    """Yield name, "source version" and line of every provider a terraform block asks for."""
    for required in block.body.of("required_providers"):
        for attribute in required.body.attributes:
            if isinstance(attribute.value, Mapping):
                source, version = (attribute.value.get(key) for key in ("source", "version"))
                where = shown(module.value(source)) if source is not None else f"hashicorp/{attribute.name}"
                which = shown(module.value(version)) if version is not None else "any version"
                yield attribute.name, f"{where} {which}", attribute.line
            elif isinstance(attribute.value, Template) and attribute.value.text is not None:
                yield attribute.name, f"hashicorp/{attribute.name} {attribute.value.text}", attribute.line


def _variables(module: Module, path: str) -> Iterator[Decision]:
    names = sorted(module.variables)
    if not names:
        return
    first = min(placed.block.line for placed in module.variables.values())
    yield Decision(path, "variables", ", ".join(names)[:4000], first)
    for name in names:
        block = module.variables[name].block
        default = block.body.attribute("default")
        value = write(default.value)[:500] if default is not None else "must be given"
        yield Decision(path, f"variable.{name}", value, default.line if default is not None else block.line)


def _settings(file: TerraformFile, path: str) -> Iterator[Decision]:
    """Yield the values of a .tfvars or backend file."""
    if PurePosixPath(path).name == ".terraform.lock.hcl":
        return
    names: set[str] = set()
    for attribute in file.body.attributes:
        if attribute.name not in names:
            names.add(attribute.name)
            yield Decision(path, f"value.{attribute.name}", write(attribute.value)[:500], attribute.line)
