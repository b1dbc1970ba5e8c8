"""Folders in which nothing more can be written: a real small disk, or a limit on files."""

import os
import resource
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

Way = Literal["small-tmpfs", "file-size-limit"]
_MAY_MOUNT = sys.platform == "linux" and os.geteuid() == 0
WAYS: tuple[Way, ...] = ("small-tmpfs", "file-size-limit") if _MAY_MOUNT else ("file-size-limit",)

_BALLAST = "ballast"
_DISK_BYTES = 4 * 1024 * 1024


@contextmanager
def small_disk(folder: Path, way: Way) -> Generator["SmallDisk"]:
    folder.mkdir()
    if way == "file-size-limit":
        yield SmallDisk(folder, way)
        return
    size = f"size={_DISK_BYTES},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)  # noqa: S603, S607
    try:
        yield SmallDisk(folder, way)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


class SmallDisk:
    def __init__(self, folder: Path, way: Way) -> None:
        self.folder = folder
        self._way = way

    def fill(self) -> None:
        """From now on, nothing more fits; with a limit, for this process alone."""
        if self._way == "file-size-limit":
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
            return
        with (self.folder / _BALLAST).open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def free(self) -> None:
        if self._way == "file-size-limit":
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        else:
            (self.folder / _BALLAST).unlink()
