"""What the cloud's refusals mean in words that say what to do."""

from __future__ import annotations

import json
import re

from inventory.error import MedcloudError

HINTS = (
    (
        r"[Nn]o valid host",
        "no hypervisor takes it: look at free vCPU and memory of the centre (`medcloud capacity`), at its group's "
        "anti-affinity and at the image's hypervisor type",
    ),
    (
        r"[Qq]uota|Maximum number of|OverLimit|VolumeSizeExceedsAvailableQuota|exceeds",
        "the project's quota is used up: quotas are computed from the model, run `medcloud apply` to raise them",
    ),
    (
        r"[Ii]mage .*(not be found|not found)|ImageNotFound",
        "the image is missing: run `medcloud apply` to upload it again",
    ),
    (
        r"IpAddressAlreadyAllocated|IP address .* already allocated|IpAddressInUse",
        "another port holds that address: look for a server that medcloud did not make",
    ),
    (
        r"Connection refused|Failed to establish|Unable to establish|timed out|ConnectFailure|No route to host",
        "the centre's cloud does not answer: `medcloud status` shows its nodes",
    ),
    (
        r"requires authentication|Unauthorized|HTTP 401",
        "the administrator's password is refused: was the cloud installed with another secret store?",
    ),
    (
        r"HTTP 50\d|50\d Service|InternalServerError|^50\d:",
        "a control service failed: look at its journal on the centre's node",
    ),
)


def hint(text: str) -> str:
    """What to do about a message of the cloud, "" when we do not know."""
    return next((advice for pattern, advice in HINTS if re.search(pattern, text)), "")


def is_gone(error: Exception) -> bool:
    """True when the cloud says that the thing does not exist."""
    return type(error).__name__ in ("NotFoundException", "NotFound") or _status(error) == 404


def is_unauthorised(error: Exception) -> bool:
    """True when the login itself was refused."""
    return _status(error) == 401


def _status(error: Exception) -> int | None:
    """The HTTP status: openstacksdk and keystoneauth call it differently."""
    status = getattr(error, "status_code", None) or getattr(error, "http_status", None)
    return status if isinstance(status, int) else None


def explain(error: Exception, what: str) -> MedcloudError:
    """The error as ours: what we did, what the cloud said, what to do."""
    if isinstance(error, MedcloudError):
        return MedcloudError(f"{what}: {error.message}", error.hint)
    said = _said(error)
    return MedcloudError(f"{what}: {said}", hint(said) or hint(type(error).__name__))


def _said(error: Exception) -> str:
    """The service's own sentence out of openstacksdk's exception."""
    details = getattr(error, "details", None)
    text = str(details or getattr(error, "message", None) or error or type(error).__name__)
    try:
        parsed = json.loads(text)
    except ValueError:
        return " ".join(text.split())
    while isinstance(parsed, dict) and parsed:
        parsed = parsed.get("message") or parsed.get("detail") or next(iter(parsed.values()))
    return str(parsed)
