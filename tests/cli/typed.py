"""A command typed in this process: what a new one would do, without its start."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from unittest import mock

from cli.main import main


def typed(*words: object) -> subprocess.CompletedProcess[str]:
    """Run `medcloud WORDS`; the exit code, and what it wrote to the two streams."""
    argv = ["medcloud", *map(str, words)]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with mock.patch.object(sys, "argv", argv), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())
