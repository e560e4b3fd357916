"""A minimal DICOM image (Secondary Capture, explicit VR little endian, 16 x 16 pixels) from the standard library alone.

Runs on the ward's workstation inside the ledger writer, so it imports nothing of the project. Layout: DICOM PS3.5 and
PS3.10.
"""

from __future__ import annotations

import struct
import uuid

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")
_SIDE = 16


def uid(run: str, kind: str, number: int) -> str:
    """A DICOM UID that is always the same for the same run, kind and number (2.25 + a UUID as decimal)."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, f'medcloud/{run}/{kind}/{number}').int}"


def image(run: str, number: int) -> bytes:
    """The file of image `number` of that run; every run is one study and one series."""
    instance = uid(run, "instance", number)
    meta = b"".join(
        (
            _element(0x0002, 0x0001, b"OB", b"\x00\x01"),
            _element(0x0002, 0x0002, b"UI", _SECONDARY_CAPTURE),
            _element(0x0002, 0x0003, b"UI", instance),
            _element(0x0002, 0x0010, b"UI", _EXPLICIT_LITTLE_ENDIAN),
            _element(0x0002, 0x0012, b"UI", uid("medcloud", "implementation", 1)),
        )
    )
    length = _element(0x0002, 0x0000, b"UL", struct.pack("<I", len(meta)))
    return b"\x00" * 128 + b"DICM" + length + meta + _dataset(run, number, instance)


def _dataset(run: str, number: int, instance: str) -> bytes:
    pixels = bytes((number + index) % 256 for index in range(_SIDE * _SIDE))
    return b"".join(
        (
            _element(0x0008, 0x0016, b"UI", _SECONDARY_CAPTURE),
            _element(0x0008, 0x0018, b"UI", instance),
            _element(0x0008, 0x0060, b"CS", "OT"),
            _element(0x0010, 0x0010, b"PN", "DRILL^LEDGER"),
            _element(0x0010, 0x0020, b"LO", "DRILL"),
            _element(0x0020, 0x000D, b"UI", uid(run, "study", 1)),
            _element(0x0020, 0x000E, b"UI", uid(run, "series", 1)),
            _element(0x0020, 0x0013, b"IS", str(number)),
            _element(0x0028, 0x0002, b"US", struct.pack("<H", 1)),
            _element(0x0028, 0x0004, b"CS", "MONOCHROME2"),
            _element(0x0028, 0x0010, b"US", struct.pack("<H", _SIDE)),
            _element(0x0028, 0x0011, b"US", struct.pack("<H", _SIDE)),
            _element(0x0028, 0x0100, b"US", struct.pack("<H", 8)),
            _element(0x0028, 0x0101, b"US", struct.pack("<H", 8)),
            _element(0x0028, 0x0102, b"US", struct.pack("<H", 7)),
            _element(0x0028, 0x0103, b"US", struct.pack("<H", 0)),
            _element(0x7FE0, 0x0010, b"OB", pixels),
        )
    )


def _element(group: int, number: int, vr: bytes, value: str | bytes) -> bytes:
    """One data element; text is padded to even length by a space, UIDs and bytes by a zero."""
    data = value.encode() if isinstance(value, str) else value
    if len(data) % 2:
        data += b" " if isinstance(value, str) and vr != b"UI" else b"\x00"
    head = struct.pack("<HH", group, number) + vr
    return head + (struct.pack("<HI", 0, len(data)) if vr in _LONG else struct.pack("<H", len(data))) + data
