"""One writer of runs at a time: a lock on a file beside the database, released by the system however the program ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harvester.errors import Busy, StoreError


@contextmanager
def run_lock(database: Path) -> Iterator[None]:
    """Hold the lock of this database. Raises Busy if another harvest, import or reparse holds it."""
    path = database.with_name(database.name + ".lock")
    try:
        file = path.open("w")
    except OSError as error:
        raise StoreError(f"cannot make the lock {path}: {error.strerror}; is the folder writable?") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(f"another harvest is running on {database} (it holds {path.name}); try again later") from error
        yield
