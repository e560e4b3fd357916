"""Host keys are read from what an instance shows on its console."""

from stacks.consoles import find_host_key

SHOWN = """[    1.2] boot
-----BEGIN SSH HOST KEY KEYS-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOLD
-----END SSH HOST KEY KEYS-----
login:
-----BEGIN SSH HOST KEY KEYS-----\r
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINEW root@guest\r
-----END SSH HOST KEY KEYS-----
"""


def test_the_key_of_the_last_boot_counts() -> None:
    assert find_host_key(SHOWN) == "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINEW"


def test_a_silent_console_has_none() -> None:
    assert find_host_key("booting") is None
