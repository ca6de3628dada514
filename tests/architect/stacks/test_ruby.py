"""Ruby: servers, releases, ports and assets of Rack applications and scripts."""

from __future__ import annotations

import pytest

from architect.plan import Env, Packages, Run
from architect.profile import Role
from architect.request import Style
from architect.stacks.ruby import Ruby
from tests.support.folder_tree import TextTree

RACK = {"config.ru": "run App\n"}
RAILS = {"bin/rails": "#!/usr/bin/env ruby\n", "config.ru": "run Rails.application\n", "config/application.rb": "module A\nend\n"}


def _found(files: dict[str, str]):
    return Ruby().detect(TextTree(files), "")


def _gems(*names: str, head: str = "") -> str:
    return head + "".join(f'gem "{name}"\n' for name in names)


@pytest.mark.parametrize(
    ("puma", "port"),
    [
        ("port 9001\n", 9001),
        ('port ENV.fetch("PORT") { 9002 }\n', 9002),
        ("port(ENV['PORT'] || 9003)\n", 9003),
        ('bind "tcp://0.0.0.0:#{ENV.fetch("PORT", 9004)}"\n', 9004),
        ('# port 1\nport ENV.fetch("PORT", 9005)\n', 9005),
    ],
)
def test_the_port_is_read_from_pumas_settings(puma: str, port: int) -> None:
    component = _found({"Gemfile": _gems("sinatra", "puma"), "config/puma.rb": puma, **RACK})
    assert component.port.value == port
    assert component.start.value == ("bundle", "exec", "puma", "-C", "config/puma.rb")


@pytest.mark.parametrize(
    ("files", "start"),
    [
        ({"Gemfile": _gems("rackup")}, ("bundle", "exec", "rackup", "--host", "0.0.0.0", "-p", "9292")),
        ({"Gemfile": _gems("puma")}, ("bundle", "exec", "puma", "config.ru", "-b", "tcp://0.0.0.0:9292")),
        ({"Gemfile": _gems("falcon")}, ("bundle", "exec", "falcon", "serve", "--bind", "http://0.0.0.0:9292")),
        ({"Gemfile": _gems("unicorn"), "config/unicorn.rb": "#\n"}, ("bundle", "exec", "unicorn", "-c", "config/unicorn.rb")),
    ],
)
def test_the_server_among_the_gems_starts_a_rack_application(files: dict[str, str], start: tuple[str, ...]) -> None:
    assert _found({**files, **RACK}).start.value == start


def test_a_procfile_says_how_to_start_without_its_migration_and_with_the_port_filled_in() -> None:
    command = "web: rake db:migrate && bundle exec bin/rails server -b 0.0.0.0 -p ${PORT:-3456}\nworker: bundle exec sidekiq\n"
    component = _found({"Gemfile": _gems("rails"), "Procfile": command, **RAILS})
    assert component.start.value == ("./bin/rails", "server", "-b", "0.0.0.0", "-p", "3456")
    assert component.port.value == 3456
    assert [process.argv for process in component.processes] == [("bundle", "exec", "sidekiq")]


def test_a_classic_sinatra_script_is_told_where_to_listen() -> None:
    component = _found(
        {"Gemfile": _gems("sinatra"), "app.rb": 'require "sinatra"\nset :port, 5432 + 0\nset :port, 4999\nget("/") { "a" }\n'}
    )
    assert component.start.value[:5] == ("bundle", "exec", "ruby", "app.rb", "-o")


def test_a_script_without_gems_is_a_job_run_by_ruby_alone() -> None:
    component = _found({"Gemfile": 'source "https://rubygems.org"\n', "app.rb": "puts 1\n"})
    assert (component.role, component.start.value) == (Role.JOB, ("ruby", "app.rb"))


@pytest.mark.parametrize(
    ("files", "release"),
    [
        ({"Gemfile": 'ruby "3.2.2"\n' + _gems("puma")}, "3.2.2"),
        ({"Gemfile": 'ruby "~> 3.1"\n' + _gems("puma")}, "3.4"),
        ({"Gemfile": "ruby '>= 2.7', '< 3'\n" + _gems("puma")}, "2.7"),
        ({"Gemfile": _gems("puma"), ".ruby-version": "ruby-3.3.5\n"}, "3.3"),
        ({"Gemfile": _gems("puma"), "Gemfile.lock": "RUBY VERSION\n   ruby 3.1.4p223\n"}, "3.1"),
        ({"Gemfile": 'ruby file: ".ruby-version"\n' + _gems("puma"), ".ruby-version": "3.3.5\n"}, "3.3.5"),
    ],
)
def test_the_release_is_exact_only_where_bundler_insists(files: dict[str, str], release: str) -> None:
    assert _found({**files, **RACK}).runtime.value == release


def test_gems_of_test_groups_are_no_needs_of_the_application() -> None:
    gemfile = (
        _gems("puma")
        + 'group :test do\n  gem "mysql2"\nend\ngem "mongo", groups: [:development, :test]\ngroup :production do\n  gem "pg"\nend\n'
    )
    assert [fact.value for fact in _found({"Gemfile": gemfile, **RACK}).services] == ["postgres"]


def test_redis_in_cable_yml_alone_is_no_need() -> None:
    cable = "production:\n  adapter: redis\n  url: redis://localhost:6379/1\n"
    assert _found({"Gemfile": _gems("rails"), "config/cable.yml": cable, **RAILS}).services == ()


def test_assets_are_compiled_without_a_key_that_is_kept() -> None:
    files = {"Gemfile": _gems("rails", "puma"), "Gemfile.lock": "    rails (8.0.1)\n", "app/assets/a.css": "a{}", **RAILS}
    commands = [s.command for s in Ruby().plan(_found(files), Style.LEAN).stages[0].steps if isinstance(s, Run)]
    assert "SECRET_KEY_BASE_DUMMY=1 bundle exec rails assets:precompile" in commands


def test_an_api_without_views_compiles_no_assets() -> None:
    api = {**RAILS, "config/application.rb": "    config.api_only = true\n", "app/assets/a.css": "a{}"}
    assert not _found({"Gemfile": _gems("rails"), **api}).details["assets"]


def test_node_is_at_hand_only_while_assets_are_built() -> None:
    files = {
        "Gemfile": _gems("rails", "jsbundling-rails"),
        "package.json": '{"scripts": {"build": "esbuild"}}',
        "yarn.lock": "",
        "app/assets/a.css": "a{}",
        **RAILS,
    }
    plan = Ruby().plan(_found(files), Style.CACHED)
    assert [stage.name for stage in plan.stages] == ["node", "build", "runtime"]
    assert not any("node" in source for step in plan.stages[-1].steps for source in getattr(step, "sources", ()))


def test_thruster_listens_in_front_of_puma() -> None:
    component = _found({"Gemfile": _gems("rails", "thruster"), "Procfile": "web: bundle exec thrust ./bin/rails server\n", **RAILS})
    assert component.port.value == 80


def test_gems_with_c_libraries_bring_their_packages() -> None:
    plan = Ruby().plan(_found({"Gemfile": _gems("pg", "puma"), **RACK}), Style.HARDENED)
    assert "libpq5" in [p for s in plan.stages[-1].steps if isinstance(s, Packages) for p in s.debian]


def test_an_old_exact_release_uses_the_archive_of_its_debian() -> None:
    plan = Ruby().plan(_found({"Gemfile": 'ruby "2.7.1"\n' + _gems("pg"), **RACK}), Style.LEAN)
    assert plan.stages[0].image.reference == "ruby:2.7.1-slim-buster"
    assert any("Check-Valid-Until" in s.command for s in plan.stages[0].steps if isinstance(s, Run))


def test_bundler_stays_with_its_lock_file() -> None:
    lock = "GEM\n\nBUNDLED WITH\n   2.5.23\n"
    plan = Ruby().plan(_found({"Gemfile": _gems("puma"), "Gemfile.lock": lock, **RACK}), Style.LEAN)
    assert any(s.name == "BUNDLE_DEPLOYMENT" for s in plan.stages[0].steps if isinstance(s, Env))
    assert any("bundler -v 2.5.23" in s.command for s in plan.stages[0].steps if isinstance(s, Run))


def test_a_gem_that_installs_a_server_runs_its_own_command_in_the_foreground() -> None:
    """The gemspec names command and dependencies, the program's own option parser how it stays in the foreground and is reached."""
    spec = (
        'require File.expand_path("../lib/postbox/version", __FILE__)\nGem::Specification.new do |s|\n  s.name = "postbox"\n'
        '  s.executables = ["catch", "postbox"]\n  s.add_dependency "sinatra", "~> 4.0"\n  s.add_development_dependency "rspec"\nend\n'
    )
    code = (
        'DEFAULTS = {:smtp_port => "1125", :http_ip => "127.0.0.1", :http_port => "1180"}\n'
        'parser.on("--ip IP", "address") do |ip|\nend\nparser.on("-f", "--foreground", "stay") do\nend\n'
    )
    files = {
        "Gemfile": 'source "x"\ngemspec\n',
        "postbox.gemspec": spec,
        "bin/postbox": "Postbox.run!\n",
        "lib/postbox.rb": code,
        "lib/postbox/version.rb": "",
    }
    component = _found(files)
    assert component.start.value == ("bundle", "exec", "postbox", "--foreground", "--ip", "0.0.0.0")
    assert (component.port.value, component.role) == (1180, Role.WEB)
    assert component.details["helpers"] == ("lib/postbox/version.rb",)
    del files["lib/postbox.rb"]
    assert _found(files) is None
