"""The Helm chart: rendered by Helm's own library, held against Kubernetes' schemas, and what it
runs in its containers run as processes of this machine. No cluster is at hand here.
"""

import json
import re
import signal
import subprocess
import tomllib
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

import httpx2
import kubernetes_validate
import pytest
import yaml

from notion_gateway.cli.output import Exit
from notion_gateway.http.server import StopTimes
from notion_gateway.settings import Settings
from notion_gateway.settings.secret_files import is_secret
from tests.cli.processes import ROOT, Cli, answers, eventually
from tests.operations.test_alerts import alerts, panel_queries, promtool, selectors
from tests.packaging.compose import entrypoint
from tests.packaging.render_chart import CHART, Manifest, Rendered, Values, render
from tests.support.ports import free_port

KUBERNETES = ("1.27", "1.37")
"""The oldest that Chart.yaml accepts, and the newest whose schemas there are."""
FOLDER_OF_SECRETS = "/run/secrets/notion-mcp-gateway"

EVERYTHING: Values = {
    "image": {
        "repository": "registry.example/gateway",
        "tag": "1",
        "digest": f"sha256:{'0' * 64}",
        "pullPolicy": "Always",
    },
    "imagePullSecrets": [{"name": "registry"}],
    "publicUrl": "https://gateway.example",
    "allowedHosts": ["gateway.internal:8443"],
    "settings": {
        "GATEWAY_LOG_LEVEL": "debug",
        "GATEWAY_TRUSTED_PROXIES": "10.0.0.0/8",
        "NOTION_MCP_URL": "https://mcp.notion.example/mcp",
    },
    "secret": {
        "name": "of-the-team",
        "settings": ["DATABASE_URL", "TOKEN_ENCRYPTION_KEYS", "REDIS_URL", "GATEWAY_APPLICATIONS"],
    },
    "stopping": {"noticeSeconds": 20.5, "drainSeconds": 40},
    "service": {"type": "LoadBalancer", "annotations": {"example.com/internal": "true"}},
    "autoscaler": {"enabled": True, "minReplicas": 4, "openStreams": 500},
    "metrics": {
        "enabled": True,
        "serviceMonitor": {"enabled": True, "labels": {"team": "a"}},
        "rules": {"enabled": True, "runbookUrl": "https://docs.example/runbook.md"},
    },
    "networkPolicy": {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}],
        "egress": [{"ports": [{"port": 443}, {"port": 5432}, {"port": 6379}]}],
    },
    "podAnnotations": {"example.com/team": "a"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "ui": {
        "enabled": True,
        "publicUrl": "https://notion.example",
        "settings": {"AUTH_OIDC_ISSUER": "https://id.example", "AUTH_OIDC_ID": "ui"},
        "secretSettings": ["AUTH_OIDC_SECRET", "MODEL_API_KEY"],
    },
}
REFUSED: Mapping[str, tuple[Values, str]] = {
    "a value that there is not": ({"replica": 3}, "replica"),
    "a digest cut short": ({"image": {"digest": "sha256:0000"}}, "image/digest"),
    "no replica": ({"replicas": 0}, "replicas"),
    "a public URL with a path": ({"publicUrl": "https://gw.example/"}, "publicUrl"),
    "a secret among the settings": ({"settings": {"DATABASE_URL": "x"}}, "DATABASE_URL"),
    "its file": ({"settings": {"REDIS_URL_FILE": "/x"}}, "REDIS_URL_FILE"),
    "callers believed without proof": ({"settings": {"GATEWAY_TRUST_HEADERS": "1"}}, "TRUST"),
    "a setting that the chart decides": ({"settings": {"GATEWAY_MIGRATE": "1"}}, "MIGRATE"),
    "a setting that is no text": ({"settings": {"GATEWAY_OPEN_CALLS": 5}}, "GATEWAY_OPEN_CALLS"),
    "no key to seal with": ({"secret": {"settings": ["DATABASE_URL"]}}, "settings"),
    "no database": ({"secret": {"settings": ["TOKEN_ENCRYPTION_KEYS"]}}, "settings"),
    "a secret that no setting holds": (
        {"secret": {"settings": ["DATABASE_URL", "TOKEN_ENCRYPTION_KEYS", "PASSWORD"]}},
        "settings/2",
    ),
    "a notice longer than the gateway's": ({"stopping": {"noticeSeconds": 601}}, "noticeSeconds"),
    "a host that is a pattern": ({"allowedHosts": ["*.example"]}, "allowedHosts"),
    "a monitor of no metrics": ({"metrics": {"serviceMonitor": {"enabled": True}}}, "metrics"),
    "alerts of no metrics": ({"metrics": {"rules": {"enabled": True}}}, "metrics"),
    "a runbook's place within its page": (
        {"metrics": {"enabled": True, "rules": {"runbookUrl": "https://docs.example/#top"}}},
        "runbookUrl",
    ),
    "streams to scale by that nobody measures": (
        {"autoscaler": {"enabled": True, "openStreams": 500}},
        "metrics.enabled",
    ),
    "fewer replicas at most than at least": (
        {"autoscaler": {"enabled": True, "minReplicas": 11}},
        "autoscaler.maxReplicas",
    ),
    "a front end's secret among its settings": (
        {"ui": {"settings": {"MODEL_API_KEY": "x"}}},
        "MODEL_API_KEY",
    ),
    "another Notion for the front end": (
        {"ui": {"settings": {"NOTION_MCP_URL": "https://x.example/mcp"}}},
        "NOTION_MCP_URL",
    ),
    "a front end whose key no gateway knows": ({"ui": {"enabled": True}}, "GATEWAY_APPLICATIONS"),
}


@pytest.fixture(scope="module")
def three() -> list[Rendered]:
    """With no values, with EVERYTHING, and with those that docs/deployment.md shows."""
    page = (ROOT / "docs" / "deployment.md").read_text()
    (shown,) = re.findall(r"`our\.yaml`:\n\n```yaml\n(.*?)```", page, re.DOTALL)
    return render({}, EVERYTHING, yaml.safe_load(shown))


@pytest.fixture(scope="module")
def both(three: list[Rendered]) -> list[Rendered]:
    return three[:2]


@pytest.fixture(scope="module")
def plain(both: list[Rendered]) -> Rendered:
    return both[0]


@pytest.fixture(scope="module")
def everything(both: list[Rendered]) -> Rendered:
    return both[1]


def _pods(rendered: Rendered) -> dict[str, Any]:
    """The specification of each kind of pod, by its only container's name."""
    pods = [one["spec"]["template"]["spec"] for one in rendered.manifests if _runs(one)]
    return {pod["containers"][0]["name"]: pod for pod in pods}


def _runs(manifest: Manifest) -> bool:
    return manifest["kind"] in {"Deployment", "Job"}


def _environment(pod: Mapping[str, Any]) -> dict[str, str | None]:
    """None stands for what would come from elsewhere."""
    given = pod["containers"][0]["env"]
    assert len({one["name"] for one in given}) == len(given), "a variable is there twice"
    return {one["name"]: one.get("value") for one in given}


def test_by_default_it_is_the_gateway_alone(plain: Rendered) -> None:
    assert plain.refused == ""
    assert sorted(one["kind"] for one in plain.manifests) == [
        *("Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "Service")
    ]


def test_everything_can_be_on_together(everything: Rendered) -> None:
    assert everything.refused == ""
    assert sorted(one["kind"] for one in everything.manifests) == [
        *("Deployment", "Deployment", "HorizontalPodAutoscaler", "Job"),
        *("NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget", "PodDisruptionBudget"),
        *("PrometheusRule", "Service", "Service", "Service", "ServiceMonitor"),
    ]


def test_the_values_that_the_page_shows_are_accepted(three: list[Rendered]) -> None:
    assert three[2].refused == ""
    assert _pods(three[2]).keys() == {"gateway", "migration", "ui"}


def test_an_image_is_taken_by_its_digest_where_there_is_one_else_by_its_tag(
    both: list[Rendered],
) -> None:
    plain, everything = (
        {name: pod["containers"][0]["image"] for name, pod in _pods(one).items()} for one in both
    )
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    pinned = f"registry.example/gateway@sha256:{'0' * 64}"

    assert plain == dict.fromkeys(("gateway", "migration"), f"notion-mcp-gateway:{version}")
    assert everything["gateway"] == everything["migration"] == pinned
    assert everything["ui"] == f"notion-mcp-gateway-ui:{version}"


def test_the_chart_has_the_version_of_what_it_installs() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert chart["version"] == chart["appVersion"] == project["version"]


@pytest.mark.parametrize("version", KUBERNETES)
def test_every_manifest_is_as_kubernetes_wants_it(both: list[Rendered], version: str) -> None:
    manifests = [one for rendered in both for one in rendered.manifests]
    for one in manifests:
        if one["kind"] not in {"PrometheusRule", "ServiceMonitor"}:  # the Prometheus operator's
            kubernetes_validate.validate(one, version, strict=True)

    misspelt = json.loads(json.dumps(both[0].one("Deployment")))
    misspelt["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, version, strict=True)


def test_the_service_monitor_finds_the_service_of_metrics_and_no_other(
    everything: Rendered,
) -> None:
    monitor = everything.one("ServiceMonitor")["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    found = [
        one
        for one in everything.manifests
        if one["kind"] == "Service" and wanted <= one["metadata"]["labels"].items()
    ]

    assert [one["metadata"]["name"] for one in found] == ["team-notion-mcp-gateway-metrics"]
    assert [one["name"] for one in found[0]["spec"]["ports"]] == [monitor["endpoints"][0]["port"]]


def test_the_alerts_are_the_shipped_ones_of_this_release_as_its_targets_are_called(
    everything: Rendered, tmp_path: Path
) -> None:
    """A Prometheus operator gives targets their job by the monitor's service, unless told."""
    (endpoint,) = everything.one("ServiceMonitor")["spec"]["endpoints"]
    spec = everything.one("PrometheusRule")["spec"]
    rules = {one["alert"]: one for group in spec["groups"] for one in group["rules"]}
    service = "team-notion-mcp-gateway-metrics"
    own = f'job="notion-gateway",namespace="notion",service="{service}"'

    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": "notion-gateway"}]
    assert rules.keys() == alerts().keys()
    assert rules["GatewayDown"]["expr"] == f"up{{{own}}} == 0"
    missing = f"(count(up{{{own}}} == 1) or vector(0)) < 4"
    assert rules["GatewayReplicasMissing"]["expr"] == missing, "the autoscaler's least"
    for name, one in rules.items():
        url = f"https://docs.example/runbook.md#{name.lower()}"
        assert one["annotations"]["runbook_url"] == url
    (file := tmp_path / "rules.yaml").write_text(json.dumps(spec))  # JSON is YAML
    checked = promtool("check", "rules", str(file))
    assert checked.returncode == 0, checked.stderr


def test_an_autoscaler_can_go_by_open_streams_as_well(everything: Rendered) -> None:
    metrics = everything.one("HorizontalPodAutoscaler")["spec"]["metrics"]

    assert [one["type"] for one in metrics] == ["Pods", "Resource"]
    asked = metrics[0]["pods"]
    assert asked["target"]["averageValue"] == "500"
    assert asked["metric"]["name"] in [
        name for query in panel_queries() for name, _ in selectors(query)
    ]


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "NetworkPolicy"])
def test_what_selects_pods_selects_those_of_one_deployment(everything: Rendered, kind: str) -> None:
    pods = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"]
        for one in everything.manifests
        if _runs(one)
    }
    for one in [one for one in everything.manifests if one["kind"] == kind]:
        spec = one["spec"]
        selector = spec.get("podSelector") or spec["selector"]
        wanted = dict(selector.get("matchLabels", selector))
        expressions = selector.get("matchExpressions", [])
        found = {
            name
            for name, labels in pods.items()
            if wanted.items() <= labels.items()
            and all(labels[each["key"]] in each["values"] for each in expressions)
        }
        gateways = {"team-notion-mcp-gateway"}
        if kind == "NetworkPolicy":
            gateways |= {"team-notion-mcp-gateway-migration"}
        assert found in (gateways, {"team-notion-mcp-gateway-ui"}), one["metadata"]["name"]


@pytest.fixture(scope="module")
def refusals() -> dict[str, str]:
    """What Helm says of each of REFUSED, all of them in one process."""
    given = {name: values for name, (values, _) in REFUSED.items()}
    return dict(zip(given, [one.refused for one in render(*given.values())], strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_values_that_cannot_be_right_are_refused_by_name(
    refusals: Mapping[str, str], name: str
) -> None:
    assert REFUSED[name][1] in refusals[name]


def test_each_secret_setting_belongs_into_the_secret_and_nowhere_else() -> None:
    """A new one needs its place in values.schema.json, which keeps it out of plain values."""
    rules = json.loads((CHART / "values.schema.json").read_text())["definitions"]
    secrets = {name.upper() for name, one in Settings.model_fields.items() if is_secret(one)}

    assert set(rules["secretSetting"]["enum"]) == secrets
    assert all(re.search(rules["secretFile"]["pattern"], f"{name}_FILE") for name in secrets)


def test_every_variable_is_one_that_its_program_reads(both: list[Rendered]) -> None:
    settings = {name.upper(): is_secret(one) for name, one in Settings.model_fields.items()}
    known = settings.keys() | {f"{name}_FILE" for name, secret in settings.items() if secret}
    documented = (ROOT / "conversational-ui" / "README.md").read_text()

    for rendered in both:
        pods = _pods(rendered)
        for name in ("gateway", "migration"):
            assert _environment(pods[name]).keys() <= known
    assert not [one for one in _environment(_pods(both[1])["ui"]) if f"`{one}`" not in documented]


def test_the_front_end_sends_files_to_the_gateways_notion_and_may_go_there(
    everything: Rendered,
) -> None:
    """No policy keeps it in: ``networkPolicy.egress`` is of the gateways."""
    pods = _pods(everything)
    (policy,) = [
        one["spec"]
        for one in everything.manifests
        if one["kind"] == "NetworkPolicy" and one["metadata"]["name"].endswith("-ui")
    ]

    gateway, ui = _environment(pods["gateway"]), _environment(pods["ui"])
    assert ui["NOTION_MCP_URL"] == gateway["NOTION_MCP_URL"] == "https://mcp.notion.example/mcp"
    assert policy["policyTypes"] == ["Ingress"]


def test_no_secret_stands_in_a_manifest_and_each_pod_gets_its_own_alone(
    everything: Rendered,
) -> None:
    pods = _pods(everything)
    files = {
        name: {item["key"] for item in pod["volumes"][0]["secret"]["items"]}
        for name, pod in pods.items()
    }

    assert not [one for one in everything.manifests if one["kind"] == "Secret"]
    assert files["gateway"] == files["migration"] == set(EVERYTHING["secret"]["settings"])
    assert files["ui"] == {"GATEWAY_APPLICATION_KEY", *EVERYTHING["ui"]["secretSettings"]}
    assert not [one for pod in pods.values() for one in _environment(pod).values() if one is None]
    for name in pods:
        named = {one for one in _environment(pods[name]) if one.endswith("_FILE")}
        assert named == {f"{one}_FILE" for one in files[name]}


def test_no_container_may_write_but_where_it_must_nor_get_more_rights(
    both: list[Rendered],
) -> None:
    for pod in [pod for rendered in both for pod in _pods(rendered).values()]:
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        writable = [one for one in container["volumeMounts"] if not one.get("readOnly")]
        assert [one["mountPath"] for one in writable] == ["/tmp"]  # noqa: S108
        assert "memory" in container["resources"]["limits"]


def test_a_pod_is_given_the_time_that_its_gateway_takes_to_stop(both: list[Rendered]) -> None:
    for rendered in both:
        pod = _pods(rendered)["gateway"]
        given = _environment(pod)
        asked = [given[f"GATEWAY_SHUTDOWN_{one}_SECONDS"] for one in ("NOTICE", "DRAIN")]
        seconds = [float(one) for one in asked if one is not None]
        probe = pod["containers"][0]["readinessProbe"]

        assert len(seconds) == 2
        assert pod["terminationGracePeriodSeconds"] == ceil(StopTimes(*seconds).longest_seconds)
        assert seconds[0] > probe["periodSeconds"] * probe["failureThreshold"]


def test_with_an_autoscaler_no_upgrade_sets_the_number_of_replicas(both: list[Rendered]) -> None:
    plain, everything = (one.one("Deployment", "gateway") for one in both)

    assert plain["spec"]["replicas"] == 3
    assert "replicas" not in everything["spec"]


TRIED_FOR_SECONDS = 600
"""So long a migration tries for a lock (``docs/scaling.md``)."""


def test_tables_are_migrated_before_any_gateway_and_by_the_job_alone(both: list[Rendered]) -> None:
    for rendered in both:
        job, pods = rendered.one("Job"), _pods(rendered)
        hooks = job["metadata"]["annotations"]["helm.sh/hook"]

        assert set(hooks.split(",")) == {"pre-install", "pre-upgrade"}
        assert pods["migration"]["containers"][0]["args"] == ["migrate"]
        assert job["spec"]["activeDeadlineSeconds"] > TRIED_FOR_SECONDS
        assert _environment(pods["gateway"])["GATEWAY_MIGRATE"] == "0"


def test_metrics_are_open_to_those_alone_who_may_read_them(both: list[Rendered]) -> None:
    plain, everything = (one.one("NetworkPolicy", "-gateway-gateway")["spec"] for one in both)

    assert [one["ports"] for one in plain["ingress"]] == [[{"port": "http"}]]
    assert everything["ingress"][1] == {
        "ports": [{"port": "metrics"}],
        "from": [{"namespaceSelector": {}}],
    }


@pytest.mark.thorough
def test_what_the_chart_runs_migrates_becomes_ready_and_stops_in_its_time(tmp_path: Path) -> None:
    """The containers' commands and variables as processes; only addresses and folders differ."""
    port, metrics = free_port(), free_port()
    stopping = {"noticeSeconds": 2, "drainSeconds": 1}
    (rendered,) = render({"stopping": stopping, "metrics": {"enabled": True, "port": metrics}})
    assert rendered.refused == ""
    pods = _pods(rendered)
    (program, *_), _ = entrypoint("gateway.Dockerfile", "gateway")
    assert program == "notion-gateway"
    keys = Cli(tmp_path, {})("keys", "generate")
    (tmp_path / "TOKEN_ENCRYPTION_KEYS").write_text(keys.out)
    (tmp_path / "DATABASE_URL").write_text(f"sqlite+aiosqlite:///{tmp_path}/gateway.sqlite3\n")

    def cli(name: str) -> Cli:
        given = _environment(pods[name])
        return Cli(
            tmp_path,
            {
                one: value.replace(FOLDER_OF_SECRETS, str(tmp_path))
                for one, value in given.items()
                if value is not None
            },
        )

    gateway: Mapping[str, Any] = pods["gateway"]["containers"][0]
    serve = [*gateway["args"], "--port", str(port)]
    early = cli("gateway")(*serve)
    migrated = cli("migration")(*pods["migration"]["containers"][0]["args"])
    assert (early.code, migrated.code) == (Exit.MISFIT, Exit.DONE), early.err + migrated.err

    with cli("gateway").started(*serve) as process:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert gateway[probe]["httpGet"]["port"] == "http"
            path = gateway[probe]["httpGet"]["path"]
            eventually(lambda: answers(f"http://127.0.0.1:{port}{path}"), probe)  # noqa: B023
        # As a kubelet asks: by the pod's address, which is no name of the gateway's.
        asked = httpx2.get(
            f"http://127.0.0.1:{port}/readyz", headers={"Host": "10.1.2.3:8000"}, trust_env=False
        )
        assert asked.status_code == 200
        assert answers(f"http://127.0.0.1:{metrics}/metrics")

        process.send_signal(signal.SIGTERM)
        eventually(lambda: not answers(f"http://127.0.0.1:{port}/readyz"), "it takes leave")
        assert answers(f"http://127.0.0.1:{port}/livez")
        try:
            _, log = process.communicate(timeout=pods["gateway"]["terminationGracePeriodSeconds"])
        except subprocess.TimeoutExpired:
            pytest.fail("it would have been killed")
        assert "Finished server process" in log
