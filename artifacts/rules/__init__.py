"""The catalogue of our own rules: one file a rule, in the order in which docs/rules.md lists them."""

from __future__ import annotations

from artifacts.comparing import comparer_of
from artifacts.records import Artifact, Finding
from artifacts.rule import Context, Rule
from artifacts.rules import (
    compose_condition_without_health_check,
    compose_conflicting_keys,
    compose_container_name,
    compose_database_published,
    compose_database_without_health_check,
    compose_database_without_volume,
    compose_dependency_cycle,
    compose_dependency_without_condition,
    compose_docker_socket,
    compose_duplicate_host_port,
    compose_health_test_form,
    compose_host_network,
    compose_invalid_mount,
    compose_invalid_port,
    compose_invalid_value,
    compose_loopback_address,
    compose_moving_tag,
    compose_no_image_or_build,
    compose_no_restart,
    compose_obsolete_version,
    compose_port_not_served,
    compose_privileged,
    compose_secret_in_clear,
    compose_source_mounted,
    compose_undefined_reference,
    compose_unknown_dependency,
    compose_unknown_host,
    dockerfile_add_without_checksum,
    dockerfile_broken_exec_form,
    dockerfile_copies_ignored_file,
    dockerfile_copies_secrets,
    dockerfile_debug_enabled,
    dockerfile_development_server,
    dockerfile_exec_form_variable,
    dockerfile_health_check_port,
    dockerfile_health_tool_missing,
    dockerfile_listens_on_loopback,
    dockerfile_moving_base,
    dockerfile_no_health_check,
    dockerfile_no_start_command,
    dockerfile_npm_cache_left,
    dockerfile_package_manager_start,
    dockerfile_pipe_to_shell,
    dockerfile_port_mismatch,
    dockerfile_root_needed_after_user,
    dockerfile_root_user,
    dockerfile_secret_in_environment,
    dockerfile_shell_in_shellless_image,
    dockerfile_shell_without_exec,
    dockerfile_source_before_dependencies,
    dockerfile_unknown_stage,
    dockerfile_unlocked_install,
    dockerfile_user_not_created,
    dockerfile_world_writable,
)

# Dockerfile before Compose; within each what cannot work, then what is unsafe, then what is merely unwise
RULES: tuple[Rule, ...] = (
    dockerfile_unknown_stage.RULE,
    dockerfile_copies_ignored_file.RULE,
    dockerfile_root_needed_after_user.RULE,
    dockerfile_user_not_created.RULE,
    dockerfile_shell_in_shellless_image.RULE,
    dockerfile_broken_exec_form.RULE,
    dockerfile_exec_form_variable.RULE,
    dockerfile_port_mismatch.RULE,
    dockerfile_listens_on_loopback.RULE,
    dockerfile_health_check_port.RULE,
    dockerfile_health_tool_missing.RULE,
    dockerfile_no_start_command.RULE,
    dockerfile_secret_in_environment.RULE,
    dockerfile_copies_secrets.RULE,
    dockerfile_root_user.RULE,
    dockerfile_world_writable.RULE,
    dockerfile_pipe_to_shell.RULE,
    dockerfile_add_without_checksum.RULE,
    dockerfile_debug_enabled.RULE,
    dockerfile_development_server.RULE,
    dockerfile_no_health_check.RULE,
    dockerfile_package_manager_start.RULE,
    dockerfile_shell_without_exec.RULE,
    dockerfile_moving_base.RULE,
    dockerfile_unlocked_install.RULE,
    dockerfile_source_before_dependencies.RULE,
    dockerfile_npm_cache_left.RULE,
    compose_no_image_or_build.RULE,
    compose_undefined_reference.RULE,
    compose_unknown_dependency.RULE,
    compose_dependency_cycle.RULE,
    compose_duplicate_host_port.RULE,
    compose_conflicting_keys.RULE,
    compose_invalid_port.RULE,
    compose_invalid_mount.RULE,
    compose_invalid_value.RULE,
    compose_health_test_form.RULE,
    compose_condition_without_health_check.RULE,
    compose_port_not_served.RULE,
    compose_loopback_address.RULE,
    compose_unknown_host.RULE,
    compose_docker_socket.RULE,
    compose_privileged.RULE,
    compose_host_network.RULE,
    compose_database_published.RULE,
    compose_secret_in_clear.RULE,
    compose_database_without_health_check.RULE,
    compose_dependency_without_condition.RULE,
    compose_database_without_volume.RULE,
    compose_moving_tag.RULE,
    compose_source_mounted.RULE,
    compose_no_restart.RULE,
    compose_container_name.RULE,
    compose_obsolete_version.RULE,
)

MOST = 500
"""Findings kept of one artifact; more help nobody."""


def check_rules(artifact: Artifact, artifacts: tuple[Artifact, ...] = ()) -> tuple[Finding, ...]:
    """Return what the rules of the artifact's kind find. A file that does not parse is left to the syntax check."""
    if comparer_of(artifact.kind).faults(artifact.content):
        return ()
    context = Context(artifact, artifacts)
    found: list[Finding] = []
    for rule in RULES:
        if rule.kind is not artifact.kind:
            continue
        for remark in rule.check(context):
            found.append(Finding(rule.id, rule.severity, remark.message[:500], artifact.path, remark.line, f"docs/rules.md#{rule.id}"))
            if len(found) >= MOST:
                return tuple(found)
    return tuple(found)
