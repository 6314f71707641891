"""moto's S3 in a process of its own on 127.0.0.1, so that it can be paused; and a client that sets it up."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import requests
from botocore.config import Config


@dataclass
class Store:
    """A running store."""

    process: subprocess.Popen[bytes]
    url: str

    @property
    def client(self) -> Any:
        """An administrator's client."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="admin",
            aws_secret_access_key="admin",
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def checking_keys(self) -> Iterator[None]:
        """moto believes everybody, unless it is told to look at keys."""
        self._after(0)
        try:
            yield
        finally:
            self._after(10**9)

    def _after(self, count: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            assert session.post(f"{self.url}/moto-api/reset-auth", data=str(count), timeout=5).ok


@contextlib.contextmanager
def running() -> Iterator[Store]:
    """A store, which is gone afterwards."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:
        try:
            ends = time.monotonic() + 60
            while True:
                with socket.socket() as sock:
                    if sock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, "moto ended"
                assert time.monotonic() < ends, "moto did not start"
                time.sleep(0.1)
            yield Store(process, f"http://127.0.0.1:{port}")
        finally:
            process.kill()
