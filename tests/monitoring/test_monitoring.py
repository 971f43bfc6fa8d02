"""What watches fisk: the alert rules fire as they say, and rules, dashboard and runbook name metrics that exist."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.app.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "docs" / "monitoring"
NAME = re.compile(r"\bfisk_\w+")
RULES = yaml.safe_load((FILES / "alerts.yml").read_text())["groups"][0]["rules"]


def families() -> dict[str, str]:
    """fisk's metrics, by name without suffix, with their types."""
    return {family.name: family.type for family in Metrics().registry.collect()}


def samples() -> set[str]:
    """The names under which Prometheus stores them."""
    ends = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    return {f"{name}{end}" for name, type_ in families().items() for end in ends[type_]}


def dashboard() -> Iterator[str]:
    for panel in json.loads((FILES / "dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def promtool(*words: str) -> None:
    ended = subprocess.run(["promtool", *words], cwd=FILES, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.debian("prometheus")
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts.test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_accepts_the_files_and_each_alert_fires_as_it_says(words: tuple[str, ...]) -> None:
    promtool(*words)


def test_each_alert_is_tried_where_it_fires_and_where_it_must_not() -> None:
    cases = [
        (case["alertname"], bool(case["exp_alerts"]))
        for test in yaml.safe_load((FILES / "alerts.test.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    alerts = [rule["alert"] for rule in RULES]
    assert sorted(cases) == sorted((alert, fires) for alert in alerts for fires in (True, False))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_says_what_to_do_and_reads_metrics_that_exist(rule: dict[str, dict[str, str]]) -> None:
    assert set(rule["annotations"]) == {"summary", "action"}
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(NAME.findall(str(rule["expr"]))) - samples() == set()


def test_the_dashboard_shows_metrics_that_exist_and_leaves_none_out() -> None:
    named = {name for expression in dashboard() for name in NAME.findall(expression)}
    assert named - samples() == set()
    assert [name for name in families() if not any(each.startswith(name) for each in named)] == []


@pytest.mark.debian("prometheus")
def test_every_expression_of_the_dashboard_is_promql(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(dashboard())]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(file))


def test_the_runbook_names_every_metric() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in families() if f"`{name}" not in page] == []
