"""The actions a GitHub workflow uses: each with its moving major, a full version, and the commit that version points to."""

from __future__ import annotations

from dataclasses import dataclass

from architect.request import Style
from architect.syntax.yaml import Because, Words


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `major` is "" where its authors move no tag along; `commit` is what `version` pointed to in August 2026."""

    name: str
    major: str
    version: str
    commit: str


# Read from the tags of the actions' own repositories. A newer version is one line here; nothing else knows them.
ACTIONS: dict[str, Action] = {
    action.name: action
    for action in (
        Action("actions/checkout", "v7", "v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1"),
        Action("actions/cache", "v5", "v5.0.5", "27d5ce7f107fe9357f9df03efb73ab90386fccae"),
        Action("actions/setup-python", "v7", "v7.0.0", "5fda3b95a4ea91299a34e894583c3862153e4b97"),
        Action("actions/setup-node", "v7", "v7.0.0", "820762786026740c76f36085b0efc47a31fe5020"),
        Action("actions/setup-go", "v7", "v7.0.0", "b7ad1dad31e06c5925ef5d2fc7ad053ef454303e"),
        Action("actions/setup-java", "v5", "v5.7.0", "b6effb05e454b25005698d916606bdc6ffcbf961"),
        Action("actions/setup-dotnet", "v6", "v6.0.0", "a98b56852c35b8e3190ac28c8c2271da59106c68"),
        Action("astral-sh/setup-uv", "", "v10.0.1", "20cfd1bf945f4377ade1205e4dbc17946fc9a30d"),
        Action("pnpm/action-setup", "v4", "v4.0.0", "fe02b34f77f8bc703788d5817da081398fad5dd2"),
        Action("oven-sh/setup-bun", "v2", "v2.2.0", "0c5077e51419868618aeaa5fe8019c62421857d6"),
        Action("ruby/setup-ruby", "v1", "v1.315.0", "0dafeac902942906541bc140009cdbf32665b601"),
        Action("shivammathur/setup-php", "v2", "2.37.2", "f3e473d116dcccaddc5834248c87452386958240"),
        Action("erlef/setup-beam", "v1", "v1.24.1", "54075bcc5e249e4758d363f27d099f55d843f124"),
        Action("denoland/setup-deno", "v2", "v2.0.4", "667a34cdef165d8d2b2e98dde39547c9daac7282"),
        Action("sbt/setup-sbt", "v1", "v1.5.2", "6444f4c8111de4b9059c3975def104b03cfaa5f0"),
        Action("gradle/actions/setup-gradle", "v6", "v6.3.0", "9c971963bec38e04b3d30dcc455b5382be2fdbfb"),
        Action("Swatinem/rust-cache", "v2", "v2.9.2", "6323deb102c322ba6fcbdcafc7e3dddab59af2b6"),
        Action("golangci/golangci-lint-action", "v9", "v9.3.0", "ba0d7d2ec06a0ea1cb5fa41b2e4a3ab91d21278a"),
        Action("dorny/paths-filter", "v4", "v4.0.2", "7b450fff21473bca461d4b92ce414b9d0420d706"),
        Action("docker/setup-buildx-action", "v4", "v4.3.0", "37fe631027851001ddb9b187196cc803df7f5f0e"),
        Action("docker/login-action", "v4", "v4.1.0", "4907a6ddec9925e35a0a9e82d7399ccc52663121"),
        Action("docker/metadata-action", "v6", "v6.2.0", "dc802804100637a589fabce1cb79ff13a1411302"),
        Action("docker/build-push-action", "v7", "v7.3.0", "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a"),
        Action("aquasecurity/trivy-action", "", "v0.36.0", "ed142fd0673e97e23eac54620cfb913e5ce36c25"),
    )
}


def uses(name: str, style: Style) -> Because:
    """Return what a step uses: the major in lean, the full version in cached, the commit with its version behind it in hardened."""
    action = ACTIONS[name]
    if style is Style.HARDENED:
        return Because(Words(f"{name}@{action.commit}"), "pinned to a commit, which nobody can move", tail=action.version)
    if style is Style.LEAN and action.major:
        return Because(Words(f"{name}@{action.major}"), "follows the fixes of this major version")
    return Because(Words(f"{name}@{action.version}"), "pinned to a full version")
