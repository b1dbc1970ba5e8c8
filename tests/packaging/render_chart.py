"""Renders the chart by Helm's own library: ``python -m tests.packaging.render_chart`` reads a JSON
list of values, and writes for each what Helm made of it.

A process of its own, because the library is Go's and handles signals and threads in its own way.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tests.cli.processes import ROOT
from tests.packaging.compose import DEPLOY

CHART = DEPLOY / "helm" / "notion-mcp-gateway"
RELEASE = "team"

Values = Mapping[str, Any]
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """``refused`` is what Helm says where it makes no manifests of the values."""

    manifests: list[Manifest] = field(default_factory=list[Manifest])
    refused: str = ""

    def one(self, kind: str, end_of_name: str = "") -> Manifest:
        """Raises ValueError where there is none, or more than one."""
        (found,) = [
            manifest
            for manifest in self.manifests
            if manifest["kind"] == kind and manifest["metadata"]["name"].endswith(end_of_name)
        ]
        return found


def render(*values: Values) -> list[Rendered]:
    """For each of ``values``, what ``helm template`` would print."""
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        input=json.dumps(values),
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return [
        Rendered(
            [one for text in found["files"] for one in yaml.safe_load_all(text) if one is not None],
            found["refused"],
        )
        for found in json.loads(done.stdout)
    ]


def _answer(values: Values) -> dict[str, Any]:
    import helm_python as helm  # noqa: PLC0415 - in the other process alone

    with helm.Chart.load(str(CHART)) as chart:
        try:
            files = chart.render(dict(values), name=RELEASE, namespace="notion")
        except (helm.HelmValuesError, helm.HelmRenderError) as refused:
            return {"files": [], "refused": str(refused)}
    return {
        "files": [text for name, text in files.items() if name.endswith(".yaml")],
        "refused": "",
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps([_answer(one) for one in json.loads(sys.stdin.read())]))
