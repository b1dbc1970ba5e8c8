"""What a start does without."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from notion_gateway.kernel.late_imports import imported

LATE = ("mcp", "mcp_types", "alembic", "asyncpg", "redis", "sqlalchemy.dialects.postgresql")


def test_a_start_loads_nothing_that_only_some_gateways_or_requests_need() -> None:
    program = f"import sys, notion_gateway.app; print([m for m in {LATE} if m in sys.modules])"
    arguments = [sys.executable, "-c", program]
    found = subprocess.run(arguments, check=True, capture_output=True)  # noqa: S603
    assert found.stdout.strip() == b"[]"


@pytest.mark.anyio
async def test_the_loop_goes_on_while_a_package_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_read.py").write_text(
        "import threading\nread_in = threading.current_thread()\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    await asyncio.gather(imported("slow_to_read"), imported("slow_to_read"))

    assert sys.modules["slow_to_read"].read_in is not threading.current_thread()
