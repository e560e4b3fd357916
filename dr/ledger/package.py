"""The ledger writer as one file that a ward's python3 can run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

_SENT = ("writer.py", "dicom.py")


def zipped() -> bytes:
    """A zip application of the writer: the same bytes for the same sources."""
    folder = Path(__file__).parent
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _SENT:
            archive.writestr(zipfile.ZipInfo(name), (folder / name).read_text(encoding="utf-8"))
        archive.writestr(zipfile.ZipInfo("__main__.py"), "from writer import main\nmain()\n")
    return buffer.getvalue()
