"""Whether a Terraform module agrees with what the repository proves: ports, health paths, images, databases, secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from artifacts.images import is_tool, reference
from artifacts.judging.outcomes import Outcome, Verdict, known
from artifacts.records import Artifact, Expectation
from artifacts.terraform.facts import answers, engines, health_paths, ports
from artifacts.terraform.module import CODE, Module, folder_of, read_module

SECRET = "secret"  # noqa: S105 - the name of a fact
_FOREIGN = re.compile(r"(?:^|/)(?:hello|helloworld|hello-world|hello-app|aci-helloworld|containerapps-helloworld|codeengine/hello)$")
"""What the clouds' own examples run in place of the reader's image."""


def module_outcomes(fact: Expectation, artifacts: Sequence[Artifact]) -> Iterator[Outcome]:
    """Yield how a fact about a module fares; nothing for a fact about other files, or where there is no module."""
    check = _CHECKS.get(fact.name)
    if check is None or not fact.path.endswith(CODE):
        return
    folders = {folder_of(item.path) for item in artifacts}
    for folder in [folder_of(fact.path)] if folder_of(fact.path) in folders else sorted(folders)[:1]:
        module = read_module(artifacts, folder)
        if any(True for _ in module.resources()):
            yield from check(fact, module, [item for item in artifacts if folder_of(item.path) == folder])


def _port(fact: Expectation, module: Module, files: Sequence[Artifact]) -> Iterable[Outcome]:
    found = ports(module)
    if not found:
        yield Outcome(fact, Verdict.SILENT, f"the module does not say which port the program listens on; it is {known(fact)}", module.home)
    elif set(fact.accepted) & {str(number) for number in found}:
        yield Outcome(fact, Verdict.AGREES, f"the module sends requests to port {known(fact)}", module.home)
    else:
        number, answer = next(iter(found.items()))
        # a program that is told its port follows; clouds tell it as PORT
        moved = any(re.search(r"\bPORT\b", item.content) for item in files)
        reason = f"{answer.path} sends requests to port {number}, the application listens on {known(fact)}"
        yield Outcome(fact, Verdict.DIFFERS, reason, answer.path, answer.line, lenient=moved)


def _health(fact: Expectation, module: Module, files: Sequence[Artifact]) -> Iterable[Outcome]:
    found = {path.split("?")[0].rstrip("/") or "/": answer for path, answer in health_paths(module).items()}
    accepted = {value.rstrip("/") or "/" for value in fact.accepted}
    if not found:
        yield Outcome(fact, Verdict.SILENT, f"the module asks nowhere for health; the application answers on {known(fact)}", module.home)
    elif set(found) & accepted:
        yield Outcome(fact, Verdict.AGREES, f"the module asks for health on {known(fact)}", module.home)
    else:
        path, answer = next(iter(found.items()))
        reason = f"{answer.path} asks for health on {path}, the application answers on {known(fact)}"
        yield Outcome(fact, Verdict.DIFFERS, reason, answer.path, answer.line, lenient=path == "/")


def _image(fact: Expectation, module: Module, files: Sequence[Artifact]) -> Iterable[Outcome]:
    images = [answer for answer in answers(module) if answer.question == "image"]
    if not images:
        yield Outcome(fact, Verdict.SILENT, f"the module runs no image; it should run {known(fact)}", module.home)
    elif any(not answer.known or "$" in answer.text or reference(answer.text).name in fact.accepted for answer in images):
        yield Outcome(fact, Verdict.AGREES, f"the module runs an image of its own registry, or {known(fact)}", module.home)
    else:
        answer = images[0]
        shown = "an example of the cloud's" if _FOREIGN.search(reference(answer.text).repository) else "a tool"
        what = f", {shown}," if is_tool(answer.text) or _FOREIGN.search(reference(answer.text).repository) else ""
        reason = f"{answer.path} runs {answer.text[:80]}{what} and not the repository's image {known(fact)}"
        yield Outcome(fact, Verdict.DIFFERS, reason, answer.path, answer.line)


def _service(fact: Expectation, module: Module, files: Sequence[Artifact]) -> Iterable[Outcome]:
    if set(fact.accepted) & set(engines(module)):
        yield Outcome(fact, Verdict.AGREES, f"the module makes {known(fact)}", module.home)
        return
    # a database that is rented elsewhere is a good choice, so its absence is told and not held against the answer as an error
    reason = f"the module makes no {' or '.join(fact.accepted[:3])}, which the code needs ({fact.evidence}); does it run elsewhere?"
    yield Outcome(fact, Verdict.DIFFERS, reason, module.home, lenient=True)


def _secret(fact: Expectation, module: Module, files: Sequence[Artifact]) -> Iterable[Outcome]:
    """Tell a variable with a value beside its name, or one that is a key of the environment, from one that names a secret."""
    seen = False
    for name in fact.accepted:
        word = re.escape(name)
        plain = re.compile(
            rf'\bname"?\s*[=:]\s*"{word}"\s*,?\s*"?value"?\s*[=:]|\benvironment(?:_variables)?\s*=?\s*\{{[^{{}}]*?"?\b{word}"?\s*[=:]'
        )
        for item in files:
            found = plain.search(item.content)
            if found is not None:
                line = item.content.count("\n", 0, item.content.find(name, found.start())) + 1
                reason = f"{item.path} gives {name} as a plain variable; it is a secret ({fact.evidence}), take it from the secret store"
                yield Outcome(fact, Verdict.DIFFERS, reason, item.path, line)
                return
            seen = seen or re.search(rf"\b{word}\b", item.content) is not None
    if seen:
        yield Outcome(fact, Verdict.AGREES, f"{fact.accepted[0]} comes from the secret store", module.home)
    else:
        yield Outcome(fact, Verdict.SILENT, f"the module does not give {known(fact)} to the program", module.home)


_CHECKS: dict[str, Callable[[Expectation, Module, Sequence[Artifact]], Iterable[Outcome]]] = {
    "port": _port,
    "health": _health,
    "image": _image,
    "service": _service,
    SECRET: _secret,
}
