"""What the user's own words change about the files, as typed values."""

from __future__ import annotations

from dataclasses import dataclass

from architect.plan import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Wishes beyond the profile's facts. Empty means as the house style has it.

    `family` asks for a kind of base image, `user` for a numeric uid, `health` False leaves health checks out, `volumes`
    False keeps named volumes out of Compose, `replicas` is the number of server processes, `platforms` lists build
    platforms, `ports` further ports to expose, `environment` and `labels` go into the image as they are.
    """

    family: Family | None = None
    user: int | None = None
    health: bool = True
    volumes: bool = True
    read_only: bool | None = None
    init: bool | None = None
    ports: tuple[int, ...] = ()
    platforms: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
