"""`python -m tests.tools.bench.readers PORT COOKIE COUNT`: so many open pages, each asking for news every six seconds.

A process of its own: what it costs is no part of what the page or the worker costs. Prints a line when all have asked
once; ends with its input.
"""

import http.client
import sys
import threading
import time

#: What the script of an open page does: templates/today_parts.html.
EVERY = 6.0


def main() -> None:
    """Ask until the input ends."""
    port, cookie, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    first = threading.Semaphore(0)
    for number in range(count):
        more = (port, cookie, EVERY * number / count, first)
        threading.Thread(target=_read, args=more, daemon=True).start()
    for _ in range(count):
        if not first.acquire(timeout=60):
            raise SystemExit("the page does not answer")
    print("all have asked", flush=True)
    sys.stdin.read()


def _read(port: int, cookie: str, later: float, first: threading.Semaphore) -> None:
    headers = {"Host": f"127.0.0.1:{port}", "Cookie": cookie, "HX-Request": "true"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    time.sleep(later)
    while True:
        connection.request("GET", "/today", headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200 or not text.startswith(b'<div id="parts"'):
            raise SystemExit(f"the page answers {answer.status}")
        first.release()
        time.sleep(EVERY)


if __name__ == "__main__":
    main()
