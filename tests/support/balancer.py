"""A real nginx before several gateways, which sends calls to those that are ready."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.targets import find_nginx
from tests.support.databases import children_of
from tests.support.ports import free_port
from tests.support.waiting import until

_LOOK_SECONDS = 0.1
_ANSWER_SECONDS = 2.0


@dataclass
class Balancer:
    """Asks each of ``gateways`` whether it is ready, as a cluster does, and lists those that are
    in nginx's configuration.

    nginx tries no second gateway where one fails, so that nothing hides what is lost.
    """

    folder: Path
    gateways: Sequence[int]
    port: int
    listed: tuple[int, ...] = ()
    """Those that nginx sends calls to."""
    looks: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is set."""

    async def follow(self, nginx: Process) -> None:
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS),
            connector=aiohttp.TCPConnector(force_close=True),
        ) as http:
            while True:
                await self.looks.wait()
                found = await asyncio.gather(*(_is_ready(http, one) for one in self.gateways))
                ready = tuple(
                    port for port, is_so in zip(self.gateways, found, strict=True) if is_so
                )
                if ready and ready != self.listed:
                    self.configure(ready)
                    before = children_of(nginx.pid)
                    nginx.send_signal(signal.SIGHUP)
                    # Its old worker, which knows the old list, takes no more connections then.
                    await until(lambda before=before: not {*before} & {*children_of(nginx.pid)})
                    self.listed = ready
                await asyncio.sleep(_LOOK_SECONDS)

    def configure(self, ready: tuple[int, ...]) -> None:
        servers = "".join(f"server 127.0.0.1:{one} max_fails=0;" for one in ready)
        folder = self.folder
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        (folder / "nginx.conf").write_text(f"""
            daemon off;
            {"user root root;" if not os.geteuid() else ""}
            pid {folder}/nginx.pid;
            error_log {folder}/nginx.log warn;
            worker_processes 1;
            events {{ worker_connections 1024; }}
            http {{
                access_log off;
                {temporary}
                upstream gateways {{ {servers} keepalive 16; }}
                server {{
                    listen 127.0.0.1:{self.port};
                    keepalive_timeout 0;
                    location / {{
                        proxy_pass http://gateways;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host 127.0.0.1;
                        proxy_next_upstream off;
                    }}
                }}
            }}
        """)


async def _is_ready(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.ok
    except (aiohttp.ClientError, TimeoutError):
        return False


@asynccontextmanager
async def balancing(folder: Path, gateways: Sequence[int]) -> AsyncGenerator[Balancer]:
    """``folder`` is empty."""
    balancer = Balancer(folder, gateways, free_port(), listed=tuple(gateways))
    balancer.configure(balancer.listed)
    balancer.looks.set()
    nginx = await asyncio.create_subprocess_exec(
        find_nginx() or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"
    )
    following: asyncio.Task[None] | None = None
    try:
        await until(lambda: (folder / "nginx.pid").exists() or nginx.returncode is not None)
        assert nginx.returncode is None, (folder / "nginx.log").read_text()
        following = asyncio.create_task(balancer.follow(nginx))
        yield balancer
        assert not following.done(), following
    finally:
        if following is not None:
            following.cancel()
        if nginx.returncode is None:
            nginx.terminate()
        await nginx.wait()
