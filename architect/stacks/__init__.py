"""The ordered table of stacks: which kinds of application the architect knows, most telling markers first."""

from __future__ import annotations

from architect.stack import Stack
from architect.stacks.clojure import Clojure
from architect.stacks.cpp import Cpp
from architect.stacks.crystal import Crystal
from architect.stacks.dart import Dart
from architect.stacks.declared import Declared
from architect.stacks.deno import Deno
from architect.stacks.dotnet import DotNet
from architect.stacks.elixir import Elixir
from architect.stacks.gleam import Gleam
from architect.stacks.go import Go
from architect.stacks.haskell import Haskell
from architect.stacks.java import Java
from architect.stacks.node import Node
from architect.stacks.perl import Perl
from architect.stacks.php import PHP
from architect.stacks.python import Python
from architect.stacks.r import R
from architect.stacks.ruby import Ruby
from architect.stacks.rust import Rust
from architect.stacks.scala import Scala
from architect.stacks.shell import Shell
from architect.stacks.static import Static
from architect.stacks.swift import Swift

# The first stack that finds something runnable in a folder has it, so the order is from the marker that can mean only one
# thing to the one that accompanies others. Elixir, Ruby, PHP, Deno and the compiled languages come before Python and Node,
# because their projects often carry a package.json (assets) or a requirements.txt (tooling). Python comes before Node for
# the same reason: a Django project with a Tailwind build has a package.json, while a Node project rarely has a manage.py.
# Static is last of those that look: every web project may have an index.html. Declared finds nothing and only plans.
STACKS: tuple[Stack, ...] = (
    Elixir(),
    Ruby(),
    PHP(),
    Go(),
    Java(),
    Scala(),
    DotNet(),
    Deno(),
    Rust(),
    Swift(),
    Dart(),
    Crystal(),
    Clojure(),
    Haskell(),
    Gleam(),
    Perl(),
    Cpp(),
    R(),
    # (other languages above this line)
    Python(),
    Node(),
    Static(),
    Shell(),
    Declared(),
)


def stack(stack_id: str) -> Stack:
    """Return the stack of this id; KeyError naming the choices when there is none."""
    for known in STACKS:
        if known.id == stack_id:
            return known
    raise KeyError(f"There is no stack '{stack_id}'; known are: {', '.join(s.id for s in STACKS)}.")
