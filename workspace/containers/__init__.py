"""Containers for proofs: an engine is found, images are built and started in a sandbox, and nothing is left behind."""

from workspace.containers.context import Copied, copy_workspace
from workspace.containers.finding import HOW_TO_GET, find_engine
from workspace.containers.records import BuildMount, BuildOrder, ContainerEngine, ImageFacts, Launch, Listening, Reply, State
from workspace.containers.sandbox import Sandbox, last_words, open_sandbox
from workspace.containers.sweep import sweep

__all__ = [
    "HOW_TO_GET",
    "BuildMount",
    "BuildOrder",
    "ContainerEngine",
    "Copied",
    "ImageFacts",
    "Launch",
    "Listening",
    "Reply",
    "Sandbox",
    "State",
    "copy_workspace",
    "find_engine",
    "last_words",
    "open_sandbox",
    "sweep",
]
