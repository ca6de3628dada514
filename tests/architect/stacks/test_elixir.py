"""Elixir: releases, ports and assets of mix projects."""

from __future__ import annotations

import pytest

from architect.plan import Env, Run
from architect.profile import Role
from architect.request import Style
from architect.stacks.elixir import Elixir
from tests.support.folder_tree import TextTree

MIX = """
defmodule A.MixProject do
  def project, do: [app: :a, elixir: "~> 1.16"]
  def application, do: [mod: {A, []}]
  defp deps do
    [
      {:phoenix, "~> 1.7"}
    ]
  end
end
"""


def _found(files: dict[str, str], mix: str = MIX):
    return Elixir().detect(TextTree({"mix.exs": mix, **files}), "")


@pytest.mark.parametrize(
    ("files", "port"),
    [
        ({"config/runtime.exs": 'port = String.to_integer(System.get_env("PORT") || "4101")\n'}, 4101),
        ({"config/runtime.exs": 'http: [port: System.get_env("PORT", "4102")]\n'}, 4102),
        ({"config/prod.exs": "config :a, A.Endpoint,\n  http: [\n    ip: {0, 0, 0, 0},\n    port: 4103\n  ]\n"}, 4103),
        ({"config/runtime.exs": 'System.get_env("REDIS_PORT", "6390")\n', "config/prod.exs": "http: [port: 4104]\n"}, 4104),
        ({"config/dev.exs": "http: [port: 4999]\n"}, 4000),
        ({"lib/a.ex": "{Bandit, plug: A, port: 4105}\n"}, 4105),
    ],
)
def test_the_port_is_read_from_what_counts_in_production(files: dict[str, str], port: int) -> None:
    assert _found(files).port.value == port


def test_version_files_come_before_the_requirement() -> None:
    assert _found({}).runtime.value == "1.18"
    assert _found({".tool-versions": "erlang 26.2\nelixir 1.16.3-otp-26\n"}).runtime.value == "1.16"
    assert _found({"elixir_buildpack.config": "elixir_version=1.15.7\n"}).runtime.value == "1.15"


def test_a_release_with_a_server_script_is_started_by_it() -> None:
    assert _found({"rel/overlays/bin/server": "#!/bin/sh\n"}).start.value == ("/app/bin/server",)
    plan = Elixir().plan(_found({}), Style.LEAN)
    assert plan.start == ("/app/bin/a", "start")
    assert ("PHX_SERVER", "true") in [(s.name, s.value) for s in plan.stages[-1].steps if isinstance(s, Env)]


def test_the_release_keeps_its_own_name() -> None:
    assert _found({}, MIX.replace("app: :a,", "app: :a, releases: [harbour: []],")).start.value[0] == "/app/bin/harbour"


def test_a_configuration_on_the_loopback_interface_is_opened_by_its_variable() -> None:
    files = {"config/prod.exs": "http: [ip: {127, 0, 0, 1}, port: 8080]\n", "lib/c.ex": 'ip!("APP_IP")\n'}
    plan = Elixir().plan(_found(files), Style.CACHED)
    assert ("APP_IP", "0.0.0.0") in [(s.name, s.value) for s in plan.stages[-1].steps if isinstance(s, Env)]


def test_a_package_that_starts_nothing_is_a_library() -> None:
    assert _found({}, "def project, do: [app: :a]\n").role is Role.LIBRARY


def test_an_application_without_a_server_is_a_worker() -> None:
    component = _found({}, "def project, do: [app: :a]\ndef application, do: [mod: {A, []}]\n")
    assert (component.role, component.port) == (Role.WORKER, None)


def test_dependencies_of_development_do_not_count() -> None:
    mix = MIX.replace(
        '{:phoenix, "~> 1.7"}', '{:phoenix, "~> 1.7"},\n      {:redix, "~> 1.5", only: [:dev, :test]},\n      {:postgrex, ">= 0.0.0"}'
    )
    assert [fact.value for fact in _found({}, mix).services] == ["postgres"]


def test_scopes_give_a_health_route_its_prefix() -> None:
    router = '  scope "/api" do\n    scope "/v1" do\n      get "/healthz", H, :a\n    end\n  end\n'
    assert _found({"lib/a_web/router.ex": router}).health.value == "/api/v1/healthz"


def test_assets_are_built_before_the_release() -> None:
    mix = MIX + '  # aliases\n  "assets.deploy": ["esbuild a --minify", "phx.digest"]\n'
    commands = [s.command for s in Elixir().plan(_found({}, mix), Style.LEAN).stages[0].steps if isinstance(s, Run)]
    assert commands[-1].split(" && ") == ["mix compile", "mix assets.deploy", "mix release a --path /out"]


def test_the_final_image_has_the_debian_release_of_the_builder() -> None:
    plan = Elixir().plan(_found({".tool-versions": "elixir 1.13.4\n"}), Style.HARDENED)
    assert "bullseye" in plan.stages[0].image.reference
    assert plan.stages[-1].image.reference == "debian:bullseye-slim"
