"""Compose files read to a typed structure in which short and long syntax look the same."""

from artifacts.compose.model import Build, ComposeFile, Dependency, Mount, PortMapping, Service, Variable
from artifacts.compose.reader import read_compose

__all__ = ["Build", "ComposeFile", "Dependency", "Mount", "PortMapping", "Service", "Variable", "read_compose"]
