"""The account a container runs as: fixed numeric ids, whatever the base image offers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from architect.plan import Family, Image, ImagePlan

UID = 10001
"""Above the range of a host's own accounts, so that a process that escaped owns nothing there."""

_KNOWN: tuple[tuple[str, str, int, int], ...] = (
    # image name part, account, uid, gid - as the image's publisher created it
    ("nginx-unprivileged", "nginx", 101, 101),
    ("distroless", "nonroot", 65532, 65532),
    ("chainguard", "nonroot", 65532, 65532),
    ("node", "node", 1000, 1000),
    ("oven/bun", "bun", 1000, 1000),
    ("denoland/deno", "deno", 1993, 1993),
    ("dotnet", "app", 1654, 1654),
)
_ACCOUNTS = {("www-data", Family.DEBIAN): (33, 33), ("www-data", Family.ALPINE): (82, 82), ("nobody", Family.DEBIAN): (65534, 65534)}


@dataclass(frozen=True, slots=True)
class Account:
    """A runtime account; `create` says that the image does not have it yet."""

    name: str
    uid: int
    gid: int
    create: bool

    @property
    def ids(self) -> str:
        """Return `uid:gid`, the form in which USER and --chown are checked by orchestrators."""
        return f"{self.uid}:{self.gid}"


def account(plan: ImagePlan, wanted: int | None = None) -> Account:
    """Return the account the plan's last stage runs as; `wanted` is a uid the user asked for."""
    image = final_image(plan)
    found = _own(image)
    if wanted is not None and wanted != found.uid:
        return replace(found, name="app", uid=wanted, gid=wanted, create=image.family in (Family.DEBIAN, Family.ALPINE))
    return found


def final_image(plan: ImagePlan) -> Image:
    """Return the image that the plan's last stage stands on."""
    named = {stage.name: stage for stage in plan.stages}
    stage = plan.stages[-1]
    seen = {stage.name}
    while stage.base and stage.base in named and stage.base not in seen:
        stage = named[stage.base]
        seen.add(stage.name)
    return stage.image


def creation(who: Account, family: Family) -> str:
    """Return the command that creates the account; "" where the family has no tools for it or it exists."""
    if not who.create:
        return ""
    if family is Family.ALPINE:
        return f"addgroup -S -g {who.gid} {who.name} && adduser -S -D -u {who.uid} -G {who.name} -s /sbin/nologin {who.name}"
    if family is Family.DEBIAN:
        return (
            f"groupadd --gid {who.gid} {who.name} && useradd --uid {who.uid} --gid {who.gid} --no-log-init --create-home "
            f"--shell /usr/sbin/nologin {who.name}"
        )
    return ""


def _own(image: Image) -> Account:
    if image.user:
        for part, name, uid, gid in _KNOWN:
            if image.user == name and part in image.reference:
                return Account(name, uid, gid, create=False)
        if (image.user, image.family) in _ACCOUNTS:
            uid, gid = _ACCOUNTS[image.user, image.family]
            return Account(image.user, uid, gid, create=False)
        if image.user.isdigit():
            return Account("app", int(image.user), int(image.user), create=False)
    if image.family is Family.DISTROLESS:
        return Account("nonroot", 65532, 65532, create=False)
    if image.family is Family.SCRATCH:
        return Account("app", UID, UID, create=False)
    return Account("app", UID, UID, create=True)
