"""What stands beside the loop while it runs: the watch in a thread of its own, and the pages on loopback."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from wellhead.daemon.served import Served
from wellhead.daemon.watch.watch import Watch

END_SECONDS_MAX = 5.0
"""How long the end waits for a look that is under way; it changes nothing, so it may be cut off."""


@contextmanager
def operated(watch: Watch, port: int) -> Iterator[int]:
    """Watch and serve until the end of the block; gives the port, which is a free one for `port` 0."""
    stop = threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,), name="watch", daemon=True)

    def unhealthy() -> Mapping[str, str]:
        stalled = watch.metrics.stalled_seconds()
        faults = {"loop": f"no step ended for {stalled:.0f} s"} if stalled else {}
        return faults if thread.is_alive() else {**faults, "watch": "ended"}

    def unready() -> Mapping[str, str]:
        return {**dict(watch.faults), **unhealthy()}

    thread.start()
    try:
        with Served(watch.metrics, unhealthy, unready, port) as served:
            yield served.port
    finally:
        stop.set()
        thread.join(END_SECONDS_MAX)
