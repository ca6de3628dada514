"""The decisions of a Prometheus file: what is scraped and where, what is recorded, when someone is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from artifacts.prometheus.model import Job, PrometheusFile, Rule
from artifacts.promql import metrics_of, one_line
from artifacts.rows import Row, Slot
from artifacts.yamlmap import mapping

NONE = "none"


def prometheus_rows(file: PrometheusFile) -> tuple[Row, ...]:
    """Return every decision with the places that make it."""
    if file.root is None or file.root.kind != "map":
        return ()
    return tuple((*_scraping(file), *_rules(file)))


def _scraping(file: PrometheusFile) -> Iterator[Row]:
    if not file.jobs and file.line_of("scrape_configs") is None:
        return
    yield Row("scrape_jobs", ", ".join(sorted(job.name for job in file.jobs)) or NONE, file.line_of("scrape_configs"))
    node = mapping(file.root.get("global")).get("scrape_interval") if file.root is not None else None
    slots = (Slot(("global", "scrape_interval"), node.plain()),) if node is not None else ()
    yield Row("scrape_interval", file.interval or "1m", node.line if node is not None else None, slots=slots)
    yield Row("rule_files", ", ".join(sorted(file.rule_files)) or NONE, file.line_of("rule_files"))
    for job in file.jobs:
        found = ", ".join(sorted(job.targets)) or ", ".join(job.discovery) or NONE
        keys = mapping(job.node)
        statics = keys.get("static_configs")
        slots = (Slot((*job.path, "static_configs"), statics.plain()),) if statics is not None else ()
        yield Row(f"{job.name}.targets", found, job.line_of("static_configs"), True, slots)
        path = keys.get("metrics_path")
        slots = (Slot((*job.path, "metrics_path"), path.plain()),) if path is not None else ()
        yield Row(f"{job.name}.metrics_path", job.metrics_path, job.line_of("metrics_path"), True, slots)


def label_of(rule: Rule) -> str:
    """Return a name that tells rules of the same name apart by what they are about."""
    about = rule.labels.get("job") or rule.labels.get("service") or rule.labels.get("component") or ""
    severity = rule.labels.get("severity", "")
    return ".".join(filter(None, (rule.name, about, severity)))


def _rules(file: PrometheusFile) -> Iterator[Row]:
    if not file.groups and file.line_of("groups") is None:
        return
    line = file.line_of("groups")
    rules = list(file.rules())
    yield Row("alerts", ", ".join(sorted({rule.alert for rule in rules if rule.alert})) or NONE, line)
    yield Row("recordings", ", ".join(sorted({rule.record for rule in rules if rule.record})) or NONE, line)
    known = {rule.record for rule in rules if rule.record}
    read = sorted({name for rule in rules for name in metrics_of(rule.expr)} - known)
    yield Row("metrics", ", ".join(read) or NONE, line, True)
    for rule in rules:
        if not rule.alert:
            continue
        name = label_of(rule)
        yield Row(f"{name}.expr", one_line(rule.expr), rule.expr_line, slots=(Slot((*rule.path, "expr"), rule.expr),))
        lasts = mapping(rule.node).get("for")
        slots = (Slot((*rule.path, "for"), lasts.plain()),) if lasts is not None else ()
        yield Row(f"{name}.for", rule.lasts or "at once", rule.line, slots=slots)


def canonical_prometheus(file: PrometheusFile) -> str:
    """Return the file as JSON in which the order of jobs and rules, the names of groups and the spelling of expressions do not show."""
    if file.root is None:
        return ""
    plain: dict[str, Any] = {key: value.plain() for key, _, value in file.root.entries() if key not in ("groups", "scrape_configs")}
    plain["jobs"] = sorted((_job(job) for job in file.jobs), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    plain["rules"] = sorted((_rule(rule) for rule in file.rules()), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)


def _job(job: Job) -> dict[str, Any]:
    plain = {key: value.plain() for key, value in mapping(job.node).items()}
    return {**plain, "metrics_path": job.metrics_path}


def _rule(rule: Rule) -> dict[str, Any]:
    plain = {key: value.plain() for key, value in mapping(rule.node).items()}
    return {**plain, "expr": one_line(rule.expr)}
