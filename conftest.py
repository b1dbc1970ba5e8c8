"""What every test of this repository shares: it comes to an end."""

from collections.abc import Generator
from inspect import iscoroutinefunction

import pytest
from hypothesis import HealthCheck, settings

from tests.support.time_limit import limited, pytest_testnodedown

__all__ = ["pytest_pyfunc_call", "pytest_testnodedown"]

# How long an example takes says how busy the machine is.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A test that waits for what never comes fails by its name, with the line it waits in."""
    if iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = limited(pyfuncitem.obj)
    return (yield)
