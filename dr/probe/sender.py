"""Send a numbered UDP packet every few milliseconds and note which answers came back, and when.

Runs on the ward's workstation: `python3 - ADDRESS PORT SECONDS INTERVAL_MS < sender.py`. Prints one JSON object:
`sent`, `received`, `times` (seconds after the begin at which each answer came) and `wall` (epoch time of the begin).
"""

import contextlib
import json
import socket
import sys
import threading
import time


def main() -> None:
    address, port = sys.argv[1], int(sys.argv[2])
    seconds, interval = float(sys.argv[3]), float(sys.argv[4]) / 1000
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.settimeout(0.5)
    times: list[float] = []
    began = time.monotonic()
    end = began + seconds

    def listen() -> None:
        while time.monotonic() < end + 0.5:
            try:
                link.recv(64)
            except OSError:  # nothing came, or the network said so at once: both are a gap
                continue
            times.append(round(time.monotonic() - began, 4))

    listener = threading.Thread(target=listen)
    listener.start()
    sent, due = 0, began
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        with contextlib.suppress(OSError):  # no route at this moment: part of the gap
            link.sendto(b"%d" % sent, (address, port))
        sent += 1
        due += interval
    listener.join()
    print(
        json.dumps(
            {"sent": sent, "received": len(times), "times": times, "wall": time.time() - time.monotonic() + began}
        )
    )


main()
