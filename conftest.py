"""What every test of this repository shares: it comes to an end."""

from collections.abc import Generator
from inspect import iscoroutinefunction

import pytest

from tests.support.time_limit import limited


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A test that waits for what never comes fails by its name, with the line it waits in."""
    if iscoroutinefunction(pyfuncitem.obj):
        pyfuncitem.obj = limited(pyfuncitem.obj)
    return (yield)
