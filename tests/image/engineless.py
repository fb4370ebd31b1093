"""Builds the image with buildah over a debootstrap base, and runs it in namespaces of our own.

No engine and no image registry is needed, only root, Debian's packages and the Python packages.
A container is run as compose.yaml runs it: read-only root, no capabilities, user 10001, a small
/tmp, and /data as the only other place to write.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / "build" / "image"
"""Where the base system is kept from one run to the next; `make clean` removes it."""
SUITE: Final = "bookworm"
BASE_PACKAGES: Final = "python3,python3-venv,ca-certificates"
CERTIFICATES: Final = "etc/ssl/certs/ca-certificates.crt"
WASTE: Final = (
    "var/cache/apt/archives/*",
    "var/lib/apt/lists/*",
    *(f"usr/share/{d}/*" for d in ("doc", "info", "locale", "man")),
)
TOOLS: Final = ("buildah", "debootstrap", "unshare", "chroot", "setpriv", "mount")


class Unavailable(Exception):
    """The image cannot be built here; the text says why."""


def require_tools() -> None:
    """Raises Unavailable, with everything that is missing."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise Unavailable("building an image without an engine takes root on Linux")
    missing = [t for t in TOOLS if shutil.which(t) is None]
    if missing:
        raise Unavailable(f"not installed: {', '.join(missing)}")


def _call(command: Sequence[str | Path], *, seconds: float) -> str:
    """Standard output of a command that must succeed; its last words when it does not."""
    done = subprocess.run(
        [str(c) for c in command],
        capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        words = (done.stdout + done.stderr)[-3000:]
        raise AssertionError(f"{shlex.join(str(c) for c in command)} failed:\n{words}")
    return done.stdout.strip()


def base_system() -> Path:
    """A Debian with Python as a tar file. Raises Unavailable when it cannot be fetched."""
    tar = CACHE / f"{SUITE}.tar"
    if tar.exists():
        return tar
    root = CACHE / SUITE
    shutil.rmtree(root, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["debootstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", SUITE, root]
    try:
        _call(command, seconds=300)
    except AssertionError as error:
        raise Unavailable(str(error)) from error
    # What this machine trusts, the build has to trust too: it fetches through the same network.
    if (own := Path("/") / CERTIFICATES).exists():
        shutil.copy(own, root / CERTIFICATES)
    part = tar.with_suffix(".part")
    _call(["tar", "-C", root, *(f"--exclude=./{w}" for w in WASTE), "-cf", part, "."], seconds=120)
    part.rename(tar)
    shutil.rmtree(root)
    return tar


@dataclass(frozen=True)
class Image:
    """A built image: its configuration and its file system, mounted."""

    config: Mapping[str, Any]
    root: Path

    @property
    def environment(self) -> dict[str, str]:
        return dict(e.split("=", 1) for e in self.config["Env"])


@dataclass
class Builder:
    """buildah with its storage in a folder of its own."""

    folder: Path
    driver: str = "overlay"

    def _buildah(self, *words: str | Path, seconds: float = 120) -> str:
        places = ["--root", self.folder / "storage", "--runroot", self.folder / "run"]
        return _call(["buildah", "--storage-driver", self.driver, *places, *words], seconds=seconds)

    def choose_driver(self) -> None:
        """Where one overlay cannot lie on another (inside a container), copies do: slower."""
        try:
            self._buildah("info")
        except AssertionError:
            self.driver = "vfs"

    def build(self) -> Image:
        """The image of the checkout's Dockerfile over a base made here."""
        self.choose_driver()
        base = self._buildah("from", "scratch")
        self._buildah("add", "--quiet", base, base_system(), "/")
        self._buildah("commit", "--quiet", "--format", "docker", base, "base")
        self._buildah("rm", base)
        pip = self.folder / "pip.conf"
        pip.write_text(f"[global]\ncert = /{CERTIFICATES}\n", encoding="utf-8")
        self._buildah(
            "bud", "--isolation", "chroot", "--format", "docker", "--layers=false", "--pull-never",
            "--secret", f"id=pip.conf,src={pip}", "--build-arg", "BASE=localhost/base",
            "--build-arg", "REVISION=test", "--tag", "media-monitor", ROOT,
            seconds=400,
        )  # fmt: skip
        self._buildah("rmi", "base")
        described = json.loads(self._buildah("inspect", "--type", "image", "media-monitor"))
        container = self._buildah("from", "--pull-never", "media-monitor")
        return Image(described["Docker"]["config"], Path(self._buildah("mount", container)))

    def remove(self) -> None:
        """Forget everything that was built."""
        self._buildah("rm", "--all")
        shutil.rmtree(self.folder)


_SETUP = """
set -eu
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -o remount,bind,ro "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=1777,size=64m tmpfs "$ROOT/tmp"
mount -t tmpfs -o mode=0755 tmpfs "$ROOT/dev"
for device in null zero random urandom; do
    touch "$ROOT/dev/$device"; mount --bind "/dev/$device" "$ROOT/dev/$device"
done
mkdir -m 1777 "$ROOT/dev/shm"
ln -s /proc/self/fd "$ROOT/dev/fd"
"""


@dataclass
class Container:
    """One run of the image. ``mounts`` maps folders inside to folders or files here."""

    image: Image
    mounts: Mapping[str, Path] = field(default_factory=dict)
    writable: Sequence[str] = ("/data",)
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, *words: str, entrypoint: bool = True) -> list[str]:
        """The command line that runs the image's entry point with ``words``."""
        root = self.image.root
        script = [f"ROOT={shlex.quote(str(root))}", _SETUP]
        for inside, outside in self.mounts.items():
            there = shlex.quote(f"{root}{inside}")
            script.append(f"mount --bind {shlex.quote(str(outside))} {there}")
            if inside not in self.writable:
                script.append(f"mount -o remount,bind,ro {there}")
        environment = {**self.image.environment, **self.environment}
        run = ["env", "-i", *(f"{k}={v}" for k, v in environment.items())]
        run += ["chroot", str(root), "setpriv", "--reuid=10001", "--regid=10001"]
        run += ["--clear-groups", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]
        run += [*(self.image.config["Entrypoint"] if entrypoint else ()), *words]
        script.append("exec " + shlex.join(run))
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                "\n".join(script)]  # fmt: skip

    def run(
        self, *words: str, seconds: float = 60, entrypoint: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            self.command(*words, entrypoint=entrypoint),
            capture_output=True, text=True, timeout=seconds, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, *words: str) -> Running:
        """Run in the background."""
        return Running(
            subprocess.Popen(
                self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True,
            )
        )  # fmt: skip


@dataclass
class Running:
    """A container in the background."""

    process: subprocess.Popen[str]

    def stop(self, *, seconds: float) -> tuple[int, str]:
        """SIGTERM to its first process, as an engine does: exit code and output."""
        os.kill(self._first(), signal.SIGTERM)
        output, _ = self.process.communicate(timeout=seconds)
        return self.process.returncode, output

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=10)

    def _first(self) -> int:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
            except OSError:
                continue  # it ended meanwhile
            if int(fields.split()[1]) == self.process.pid:
                return int(stat.parent.name)
        raise AssertionError("the container has ended by itself")


if __name__ == "__main__":  # prepares the base ahead of the tests, as .ci/run does
    try:
        require_tools()
        base_system()
    except Unavailable as unavailable:
        sys.exit(str(unavailable))
