"""The page on paper, by WeasyPrint; it may read nothing but the page itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

from inventory.error import MedcloudError

_FONT_HINT = "install a Chinese font: apt-get install fonts-noto-cjk"


def write_pdf(html: str, file: Path) -> None:
    """Render the page to A4. Raises MedcloudError when the machine has no Chinese font or lacks Pango."""
    require_chinese_font()
    try:
        import weasyprint
    except OSError as error:
        raise MedcloudError(
            f"WeasyPrint lacks a library: {error}", "apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        ) from None
    # no protocol is allowed: what names a file or an address is left out
    nothing = weasyprint.URLFetcher(allowed_protocols=())
    weasyprint.HTML(string=html, url_fetcher=nothing).write_pdf(file)


def require_chinese_font() -> None:
    """Raises MedcloudError when text would come out as empty boxes."""
    try:
        found = subprocess.run(
            ["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        raise MedcloudError(
            "the fonts of this machine cannot be listed", "apt-get install fontconfig fonts-noto-cjk"
        ) from None
    if not found.stdout.strip():
        raise MedcloudError("this machine has no Chinese font, the PDF would show empty boxes", _FONT_HINT)
