"""Everything that comes along may be given away with the gateway, by what it says of itself."""

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.cli.processes import ROOT

PROJECT = "notion-mcp-gateway"

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0"),
    *("PSF-2.0", "Python-2.0"),
    "CC-BY-4.0",  # caniuse-lite: data about browsers
    "MPL-2.0",  # certifi: Mozilla's list of certificates, passed on as it is
    "OFL-1.1",  # fonts
}
_ALSO_WRITTEN = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",  # isodate, as its own text says
    "BSD": "BSD-2-Clause",  # pyasn1-modules, as its own text says
    "ISC License": "ISC",
    "MIT License": "MIT",
    "SIL OPEN FONT LICENSE": "OFL-1.1",
}
_SAYS_NOTHING = {"Dual License"}
"""Words of the old field that leave it to the classifiers."""
AS_IT_IS = {"certifi": "MPL-2.0"}
"""Given away without a change, which is what its licence asks: Mozilla's list of certificate
authorities, which the clouds' libraries bring along.
"""
NOT_SHIPPED = "node_modules/@img/"
"""sharp's own parts: npm installs them with Next, and the build leaves them out."""


def is_allowed(said: str) -> bool:
    """Of an SPDX expression: every part that counts together, one of those to choose from."""
    choices = re.split(r" OR ", said.strip().strip("()"))
    return any(
        all(_ALSO_WRITTEN.get(part, part) in ALLOWED for part in re.split(r" AND ", one))
        for one in choices
    )


def needed() -> dict[str, Distribution]:
    """What the gateway and its extras ask for, and what that asks for, as installed here."""
    found: dict[str, Distribution] = {}
    waiting = [PROJECT]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # for other systems
            continue
        extras = found[name].metadata.json.get("provides_extra", []) if name == PROJECT else []
        for line in found[name].requires or []:
            wish = Requirement(line)
            if any(
                wish.marker is None or wish.marker.evaluate({"extra": one}) for one in ("", *extras)
            ):
                waiting.append(wish.name)
    del found[PROJECT]
    return found


def licence_of(one: Distribution) -> str:
    """Its SPDX expression; else the old field, else the classifiers, for one of which to choose."""
    metadata = one.metadata.json
    said = metadata.get("license_expression") or metadata.get("license")
    if said and said not in _SAYS_NOTHING and "\n" not in said:  # isodate has its whole text there
        return str(said)
    classifiers = metadata.get("classifier", [])
    kinds = [kind.rpartition(" :: ")[2] for kind in classifiers if kind.startswith("License ::")]
    return " OR ".join(kinds)


def test_every_python_package_that_comes_along_has_a_licence_on_the_list() -> None:
    found = needed()
    assert len(found) > 40

    said = {name: licence_of(one) for name, one in found.items()}
    assert not {
        name: one for name, one in said.items() if not is_allowed(one) and AS_IT_IS.get(name) != one
    }


def test_so_has_every_npm_package_of_the_front_end() -> None:
    lock = json.loads(Path(ROOT, "conversational-ui", "package-lock.json").read_text())
    shipped = {
        path: one.get("license", "none")
        for path, one in lock["packages"].items()
        if path.startswith("node_modules/") and not one.get("dev") and not one.get("link")
    }
    assert len(shipped) > 200

    assert not {
        path: said
        for path, said in shipped.items()
        if not is_allowed(said) and not path.startswith(NOT_SHIPPED)
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("MIT", True),
        ("(AFL-2.1 OR BSD-3-Clause)", True),
        ("Apache-2.0 AND MIT", True),
        ("Apache-2.0 AND LGPL-3.0-or-later", False),
        ("GPL-3.0-only", False),
        ("none", False),
        ("", False),
    ],
)
def test_the_list_decides(said: str, expected: bool) -> None:
    assert is_allowed(said) is expected
