"""Answer every UDP packet with itself: `python3 responder.py ADDRESS PORT`. Ended by systemd after its time."""

import contextlib
import socket
import sys


def main() -> None:
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind((sys.argv[1], int(sys.argv[2])))
    while True:
        data, sender = link.recvfrom(64)
        with contextlib.suppress(OSError):  # no way back at this moment: part of the gap
            link.sendto(data, sender)


main()
