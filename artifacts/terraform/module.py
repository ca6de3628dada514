"""A module: all files of one folder together, what they declare, and what their arguments come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import PurePosixPath

from artifacts.records import Artifact, Kind
from artifacts.terraform.functions import FAILED, NOTHING, Value, text_of
from artifacts.terraform.model import Attribute, Block, Body, Expression, TerraformFile
from artifacts.terraform.reader import read_terraform
from artifacts.terraform.values import Evaluator

CODE = ".tf"
_META = frozenset({"for_each", "count", "depends_on", "provider"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the file it stands in."""

    path: str
    block: Block


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar somewhere in a resource: the keys that lead to it, what it comes to and the line of its argument."""

    keys: tuple[str, ...]
    value: Value
    line: int


class Module:
    """What the `.tf` files of one folder declare."""

    def __init__(self, files: Sequence[tuple[str, TerraformFile]]) -> None:
        self.files = tuple(files)
        self.blocks = tuple(Placed(path, block) for path, file in files for block in file.body.blocks)
        self._evaluator = Evaluator(self)

    @cached_property
    def variables(self) -> dict[str, Placed]:
        """Return the variables by name."""
        return {placed.block.labels[0]: placed for placed in self.of("variable") if placed.block.labels}

    @cached_property
    def locals(self) -> dict[str, Attribute]:
        """Return the local values by name."""
        return {attribute.name: attribute for placed in self.of("locals") for attribute in placed.block.body.attributes}

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Return the addresses of everything that can be referred to by one: resources, data, modules, ephemerals."""
        kinds = ("resource", "data", "module", "ephemeral", "action", "list", "check")
        return frozenset(placed.block.address for placed in self.blocks if placed.block.kind in kinds) | frozenset(
            f"data.{'.'.join(inner.labels)}" for placed in self.of("check") for inner in placed.block.body.of("data")
        )

    @property
    def home(self) -> str:
        """Return the file in which remarks on the whole module belong: the one with a terraform block, else a usual name."""
        with_block = [placed.path for placed in self.of("terraform")]
        paths = sorted(path for path, _ in self.files)
        usual = [path for name in ("versions.tf", "terraform.tf", "providers.tf", "main.tf") for path in paths if path.endswith(name)]
        return next(iter([*with_block, *usual, *paths]), "")

    def of(self, *kinds: str) -> Iterator[Placed]:
        """Yield the top-level blocks of these kinds."""
        for placed in self.blocks:
            if placed.block.kind in kinds:
                yield placed

    def resources(self) -> Iterator[Placed]:
        """Yield the resources with both labels."""
        for placed in self.of("resource"):
            if len(placed.block.labels) == 2:
                yield placed

    @property
    def is_root(self) -> bool:
        """Tell whether this is a root module: it configures a provider or a backend."""
        settings = [placed.block for placed in self.of("terraform")]
        return any(True for _ in self.of("provider")) or any(block.body.of("backend") or block.body.of("cloud") for block in settings)

    def variable(self, name: str) -> Expression | None:
        """Return a variable's default."""
        placed = self.variables.get(name)
        return placed.block.body.get("default") if placed is not None else None

    def local(self, name: str) -> Expression | None:
        """Return a local value."""
        attribute = self.locals.get(name)
        return attribute.value if attribute is not None else None

    def value(self, expression: Expression | None, bound: dict[str, Value] | None = None) -> Value:
        """Return what an expression comes to, as far as the files tell."""
        return self._evaluator.value(expression, bound)

    def text(self, body: Body, name: str) -> str | None:
        """Return an argument as text where it is known."""
        return text_of(self.value(body.get(name)).data)

    def instances(self, block: Block, around: dict[str, Value] | None = None) -> list[dict[str, Value]]:
        """Return what `each` and `count` are in every instance of a block; one of unknown members where that is not known.

        `around` are the names known outside a dynamic block.
        """
        each = block.body.get("for_each")
        if each is not None:
            held = self.value(each, around)
            if isinstance(held.data, dict):
                return [{"each": _each(Value(key), value)} for key, value in sorted(held.data.items())]
            if isinstance(held.data, list):
                return [{"each": _each(value, value)} for value in held.data]
            return [{"each": _each(NOTHING, NOTHING)}]
        count = block.body.get("count")
        if count is not None:
            number = self.value(count).data
            if number == 0 and number is not False:
                return []
            return [{"count": Value({"index": NOTHING})}]
        return [{}]

    def leaves(self, block: Block) -> Iterator[Leaf]:
        """Yield every scalar of a resource in all its instances, nested blocks and objects included, each place and value once."""
        seen: set[tuple[tuple[str, ...], str, int]] = set()
        for bound in self.instances(block)[:50]:
            for leaf in self._body_leaves(block.body, (), bound):
                key = (leaf.keys, repr(leaf.value.data), leaf.line)
                if key not in seen:
                    seen.add(key)
                    yield leaf
                if len(seen) > 5000:
                    return

    def _body_leaves(self, body: Body, keys: tuple[str, ...], bound: dict[str, Value]) -> Iterator[Leaf]:
        for attribute in body.attributes:
            if keys or attribute.name not in _META:
                yield from _value_leaves(self.value(attribute.value, bound), (*keys, attribute.name), attribute.line)
        for block in body.blocks:
            if block.kind != "dynamic":
                yield from self._body_leaves(block.body, (*keys, block.kind), bound)
                continue
            iterator = block.body.get("iterator")
            name = getattr(iterator, "name", "") or (block.labels[0] if block.labels else "")
            for instance in self.instances(block, bound)[:50]:
                for content in block.body.of("content"):
                    inner = {**bound, name: instance.get("each", NOTHING)}
                    yield from self._body_leaves(content.body, (*keys, *block.labels[:1]), inner)


def _each(key: Value, value: Value) -> Value:
    return Value({"key": key, "value": value})


def _value_leaves(value: Value, keys: tuple[str, ...], line: int) -> Iterator[Leaf]:
    if isinstance(value.data, dict):
        for key, item in value.data.items():
            yield from _value_leaves(item, (*keys, key), line)
    elif isinstance(value.data, list):
        for item in value.data:
            yield from _value_leaves(item, keys, line)
    elif value.data is not FAILED:
        yield Leaf(keys, value, line)


def read_module(artifacts: Iterable[Artifact], folder: str) -> Module:
    """Return the module of a folder, from those of these artifacts that lie in it, in the order of their names."""
    chosen = {
        artifact.path: artifact
        for artifact in artifacts
        if artifact.kind is Kind.TERRAFORM and artifact.path.endswith(CODE) and folder_of(artifact.path) == folder
    }
    return _module(tuple((path, chosen[path].content) for path in sorted(chosen)))


@lru_cache(maxsize=8)
def _module(files: tuple[tuple[str, str], ...]) -> Module:
    """Return the module, the same one for every file of an answer."""
    return Module([(path, read_terraform(content)) for path, content in files])


def folder_of(path: str) -> str:
    """Return the folder of a path; "." for the root."""
    return str(PurePosixPath(path).parent)
