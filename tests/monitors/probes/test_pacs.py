"""A PACS server's state as captured, and the asking program against a server like Orthanc's."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from inventory.error import MedcloudError
from monitors.probes import pacs
from monitors.reading import Section


def test_parse_as_captured(captured):
    state = pacs.parse("pacs-gaodian-1", "gaodian", captured("pacs.txt"))
    assert (state.active, state.dicom, state.studies, state.images, state.size) == (True, True, 5, 55, 49502)


def test_a_server_that_takes_no_dicom(captured):
    found = captured("pacs.txt") | {"listening": Section("LISTEN 0 128 0.0.0.0:22 0.0.0.0:*", 0)}
    assert not pacs.parse("p", "c", found).dicom


def test_a_silent_server_is_an_error_not_a_zero(captured):
    found = captured("pacs.txt") | {"statistics": Section("urllib.error.URLError: Connection refused", 1)}
    with pytest.raises(MedcloudError, match="Connection refused"):
        pacs.parse("p", "c", found)


class _Orthanc(BaseHTTPRequestHandler):
    def do_GET(self):
        expected = "Basic " + base64.b64encode(b"medcloud:word").decode()
        self.send_response(200 if self.headers["Authorization"] == expected and self.path == "/statistics" else 401)
        self.end_headers()
        self.wfile.write(b'{"CountInstances": 7}')

    def log_message(self, format, *args):
        pass


def test_the_program_asks_with_the_password_that_stands_there(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), _Orthanc)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = tmp_path / "orthanc.json"
    path.write_text(json.dumps({"HttpPort": server.server_port, "RegisteredUsers": {"medcloud": "word"}}))
    program = pacs._COUNT.replace("/etc/orthanc/orthanc.json", str(path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    server.shutdown()
    assert json.loads(done.stdout) == {"CountInstances": 7}
    assert "word" not in done.stdout + done.stderr
