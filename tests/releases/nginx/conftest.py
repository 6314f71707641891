"""A real nginx on loopback with two slots behind it."""

import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from releases.nginx.switch import Switch


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def slots():
    """Two servers that say which one they are; `/slow` takes a second."""
    servers = {}

    def server(name):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                if self.path == "/slow":
                    time.sleep(1)
                if self.path == "/broken":
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", "1")
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *args):
                pass

        made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made.daemon_threads = True
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        return made

    servers = {name: server(name) for name in "ab"}
    yield {name: f"127.0.0.1:{made.server_port}" for name, made in servers.items()}
    for made in servers.values():
        made.shutdown()
        made.server_close()


@pytest.fixture
def nginx(need, tmp_path: Path, slots):
    """`nginx(switch_folder)` starts it, and returns its URL."""
    running = []
    # pytest's temporary folders are closed to the user that nginx's workers run as.
    user = "user root;" if os.geteuid() == 0 else ""

    def start(folder: Path) -> str:
        port = free_port()
        text = f"""
        {user} daemon off; worker_processes 2; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;
        events {{ worker_connections 512; }}
        http {{
          access_log off; client_body_temp_path {tmp_path}/t1; proxy_temp_path {tmp_path}/t2;
          fastcgi_temp_path {tmp_path}/t3; uwsgi_temp_path {tmp_path}/t4; scgi_temp_path {tmp_path}/t5;
          include {folder}/tidegate-http.conf;
          server {{
            listen 127.0.0.1:{port};
            include {folder}/tidegate-marker.conf;
            location / {{ include {folder}/tidegate-location.conf; }}
          }}
        }}
        """
        file = tmp_path / "nginx.conf"
        file.write_text(text)
        program = need("nginx")
        subprocess.run([program, "-t", "-c", file, "-p", tmp_path], check=True, capture_output=True)
        process = subprocess.Popen([program, "-c", file, "-p", tmp_path], stdin=subprocess.DEVNULL)
        running.append(process)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://127.0.0.1:{port}"
            time.sleep(0.02)
        raise AssertionError((tmp_path / "error.log").read_text())

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


@pytest.fixture
def switch(tmp_path: Path, nginx, slots):
    """A switch that nginx sees, with its URL; nobody is on slot b."""
    from releases.nginx.state import Traffic

    folder = tmp_path / "switch"
    folder.mkdir()
    made = Switch(folder, "")
    made.write_configuration(slots)
    made._set(Traffic("a"))
    url = nginx(folder)
    return Switch(folder, url), url
