"""The writer of a Run: it takes records from the crawl and writes them in batches, in a thread."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

from .batch import Batch, Final, Orders, fail_run, read_orders, write_batch
from .counters import Counters
from .coverage import Coverage
from .errors import StoreBusyError, StoreError, TakenOverError
from .health import HealthTotals, NoHealth
from .intake import Intake
from .runs import kill_run
from .takeover import Progress, take_over
from .times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .events import Level
    from .files import NewFile
    from .health import Health
    from .intake import Handful
    from .status import Status
    from .store import Store
    from .units import Unit

HEARTBEAT_SECONDS = 5.0
LOOK_SECONDS = 1.0
"""So often a writer that has nothing to write looks whether its Run is to stop."""
RETRY_SECONDS = 60.0
"""So long a database may be locked or out of reach before the Run fails."""
_PAUSES = (0.05, 0.2, 1.0)


class RunWriter:
    """Writes one Run. Its methods are for one thread, that of the crawl.

    Batches are closed by number of records, by bytes of their data, and by age in seconds; each is
    one transaction with the Run's counters, events, health and heartbeat. At most
    ``queue_batches`` of them wait to be written: then ``full`` is true and ``record()`` blocks.

    Of a durable Run the writer takes requests too, and what each of them brought once it is done: see
    ``Unit``. ``state``, which the writer's thread calls, returns what else a restart needs.

    The crawl counts in ``counters``, and a record there before it gives it to ``record()``: so the
    counters that are stored with a batch are those of its last record.
    """

    def __init__(
        self,
        store: Store,
        run_id: int,
        *,
        health: Health | None = None,
        batch_count: int = 1000,
        batch_bytes: int = 4 * 2**20,
        batch_seconds: float = 1.0,
        queue_batches: int = 4,
    ) -> None:
        self.run_id = run_id
        self.counters = Counters()
        self.health = health or NoHealth()
        self.coverage = Coverage()
        self.state: Callable[[], dict[str, bytes]] = dict
        self.failed: Exception | None = None
        self.orders = Orders()
        self._epoch = 0
        self._store = store
        self._batch_seconds = batch_seconds
        self._intake = Intake(
            self.counters,
            batch_count=batch_count,
            batch_bytes=batch_bytes,
            queue_batches=queue_batches,
        )
        self._totals = HealthTotals({})
        self._written_counters = self.counters
        self._written_at = self._looked_at = 0.0
        # A daemon, so that a crawl that dies without finish() does not hang at exit.
        self._thread = threading.Thread(
            target=self._work, name=f"sequentum-writer-{run_id}", daemon=True
        )

    @property
    def full(self) -> bool:
        """Whether the database does not keep up: the next ``record()`` may block."""
        return self._intake.full

    def start(
        self, epoch: int = 0, *, durable: bool = False, log_file: str | None = None
    ) -> Progress:
        """Take the Run over for this process, and go on where it stands.

        ``epoch`` is that of the Run as it was last seen: 0 for one that nobody has worked on. A ``durable``
        one keeps its requests. It is
        RUNNING from now on; its counters are what it has counted so far, and records are numbered on.
        Raises StoreError when there is no such Run, or another process was quicker.
        """
        with self._store.writing() as connection:
            progress = take_over(connection, self.run_id, epoch, durable=durable, log_file=log_file)
        self._epoch = progress.epoch
        for name in Counters.names():
            setattr(self.counters, name, getattr(progress.counters, name))
        self._totals = HealthTotals(progress.health)
        self._written_counters = replace(self.counters)
        self._written_at = time.monotonic()
        self._intake.open(progress.sequence, progress.event_sequence)
        self._thread.start()
        return progress

    def record(
        self,
        data: bytes,
        *,
        record_type: str = "record",
        valid: bool = True,
        reasons: bytes | None = None,
        unit: Unit | None = None,
    ) -> None:
        """Hand over a record, as JSON; ``reasons``, why it is invalid, as a JSON list.

        Blocks while the queue is full. Raises StoreError once the writer has failed.
        """
        self._intake.add(record_type, data, reasons, valid=valid, unit=unit)

    def request(self, unit: Unit) -> None:
        """Hand over a request that was scheduled. Raises StoreError."""
        self._intake.add_request(unit)

    def done(self, unit: Unit) -> None:
        """Hand over that a request is done, with all that it brought. Raises StoreError."""
        self._intake.end_unit(unit)

    def break_off(self, units: Iterable[Unit]) -> None:
        """Hand over what units brought that will not come to their end in this process."""
        self._intake.break_off(units)

    def event(self, level: Level, address: str, url: str, what: str, detail: str = "") -> None:
        """Count an event; it is kept, or counted with others of its level, address and what."""
        self._intake.add_event(level, address, url, what, detail)

    def file(self, file: NewFile) -> None:
        """Enter a file of the Run."""
        self._intake.add_file(file)

    def flush(self) -> None:
        """Wait until all that was handed over is in the store. Raises StoreError."""
        self._intake.flush()

    def finish(self, status: Status, message: str = "", *, resumable: bool = False) -> None:
        """Write what is left and the Run's end, and end the thread.

        ``resumable`` keeps the requests of a durable Run for a restart. Raises StoreError when the
        store did not take it all; the Run is then a Failure, as far as the store can still be told.
        """
        if self._thread.ident is None:
            raise StoreError("the writer has not been started")
        self._intake.finish(Final(status, message, resumable))
        self._thread.join()
        if self.failed is None:
            return
        reason = _reason(self.failed)
        with suppress(StoreError), self._store.writing() as connection:
            fail_run(connection, self.run_id, self._epoch, reason)
        raise StoreError(reason) from self.failed

    def _work(self) -> None:
        try:
            while not self._write(self._intake.take(self._patience())):
                pass
        except Exception as error:  # noqa: BLE001 - it is raised in the crawl's thread
            self.failed = error
            self._intake.refuse(_reason(error))
        self._kill_if_due()

    def _patience(self) -> float:
        next_beat = self._written_at + HEARTBEAT_SECONDS - time.monotonic()
        return max(0.0, min(self._batch_seconds, next_beat))

    def _write(self, handful: Handful) -> bool:
        batch = Batch(
            run_id=self.run_id,
            epoch=self._epoch,
            rows=handful.rows,
            # After the rows: it is to be as new as what they say is done.
            state=self.state(),
            fields=self.coverage.values() if handful.rows.records or handful.final else (),
            files=handful.files,
            counters=handful.counters,
            events=handful.events,
            health=self._totals.changed(self.health.snapshot()),
            final=handful.final,
        )
        if self._is_worth_it(batch):
            self._commit(batch)
            self._written_counters = batch.counters
            self._written_at = self._looked_at = time.monotonic()
        elif time.monotonic() >= self._looked_at + LOOK_SECONDS:
            self._look()
        self._intake.written(handful)
        self._kill_if_due()
        return handful.final is not None

    def _is_worth_it(self, batch: Batch) -> bool:
        return bool(
            batch.rows
            or batch.state
            or batch.files
            or batch.events
            or batch.health
            or batch.final
            or batch.counters != self._written_counters
            or time.monotonic() >= self._written_at + HEARTBEAT_SECONDS
        )

    def _commit(self, batch: Batch) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        again = False
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            try:
                with self._store.writing() as connection:
                    self.orders = write_batch(connection, batch, again=again)
            except StoreBusyError:
                if time.monotonic() > deadline:
                    raise
            else:
                return
            # The commit itself may have been cut off: the batch may be there.
            again = True
            time.sleep(pause)

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        with suppress(StoreBusyError), self._store.reading() as connection:
            self.orders = read_orders(connection, self.run_id, self._epoch)

    def _kill_if_due(self) -> None:
        """End this process where a stop has not come to its end in time.

        The crawl's own thread may hang in code of the project, so that nothing gentler would do.
        """
        due = self.orders.kill_time
        if due is not None and utc_now() >= due and not self._intake.finished:
            with suppress(StoreError), self._store.writing() as connection:
                kill_run(connection, self.run_id, self._epoch)
            os.kill(os.getpid(), signal.SIGKILL)


def _reason(error: Exception) -> str:
    if isinstance(error, TakenOverError):
        return str(error)
    return f"the records could not be stored: {error}"
