"""GitHub workflows read to a typed structure; `on:` is a key, not the truth value that YAML 1.1 made of it."""

from artifacts.workflows.model import Job, Step, Use, Workflow
from artifacts.workflows.reader import read_workflow

__all__ = ["Job", "Step", "Use", "Workflow", "read_workflow"]
