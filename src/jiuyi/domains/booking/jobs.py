"""Jobs and rounds of booking: thin."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from jiuyi.domains.booking.flows import changes
from jiuyi.domains.booking.flows.admission import DRIVE_BATCH
from jiuyi.domains.booking.flows.mdt import MdtSender
from jiuyi.domains.booking.flows.mirror import Mirror
from jiuyi.domains.booking.flows.placement import Driver
from jiuyi.domains.booking.ports import MdtDesk, Registrations, Schedules
from jiuyi.domains.booking.repository import appointments, mdt, mirror, places
from jiuyi.domains.booking.service import mdt as mdt_service
from jiuyi.domains.booking.service.appointments import DRIVE
from jiuyi.domains.booking.service.messages import Messages
from jiuyi.domains.booking.service.people import People
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.payments.events import OrderClosed, OrderPaid
from jiuyi.domains.payments.ports import Channels
from jiuyi.kit import inbox, tasks
from jiuyi.kit.crypto import Keys, Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.inbox import Stored
from jiuyi.kit.jobs import JobFunction, Jobs
from jiuyi.kit.knobs import Knobs

SCHEDULE_CHANGED = "booking.schedule_changed"
CLINIC_STOPPED = "booking.clinic_stopped"
REGISTRATION_CHANGED = "booking.registration_changed"
MDT_REVIEWED = "booking.mdt_reviewed"
ORDER_MOVED = "booking.order_moved"
SUBJECT = "appointment"
MOST_SWEPT = 200
_MIRROR_SECONDS = 5
_SWEEP_SECONDS = 5
_RELEASE_SECONDS = 10
_STOPPED_SECONDS = 15
_MDT_SECONDS = 60


def register(
    jobs: Jobs,
    subscriptions: Subscriptions,
    *,
    db: Db,
    knobs: Knobs,
    directory: Directory,
    vault: Vault,
    schedules: Schedules,
    registrations: Registrations,
    channels: Channels,
    keys: Keys,
    mdt_desk: MdtDesk,
) -> None:
    """Add what drives appointments, keeps the mirror, and listens to payments and the HIS."""
    people = People(vault)
    driver = Driver(db, knobs, directory, people, registrations, channels)
    _add_driving(jobs, db, driver)
    _add_notices(jobs, db, driver, registrations, Mirror(db, knobs, schedules, directory))

    _add_mdt(jobs, db, MdtSender(db, keys, people, mdt_desk), Messages(directory, people))

    async def order_moved(subject_kind: str, subject_id: str, **_: str) -> None:
        if subject_kind == SUBJECT:
            await driver.drive(UUID(subject_id))

    jobs.add(ORDER_MOVED, order_moved)
    subscriptions.subscribe(OrderPaid, ORDER_MOVED)
    subscriptions.subscribe(OrderClosed, ORDER_MOVED)


def _add_driving(jobs: Jobs, db: Db, driver: Driver) -> None:
    async def drive(appointment_id: str) -> None:
        await driver.drive(UUID(appointment_id))

    async def drive_batch(appointment_ids: list[str]) -> None:
        await tasks.each(map(UUID, appointment_ids), driver.drive)

    async def sweep() -> None:
        async with db.tx() as tx:
            found = await appointments.unrest(tx, MOST_SWEPT)
        await tasks.each(found, driver.drive)

    async def release() -> None:
        async with db.tx() as tx:
            for slot in await places.release_due(tx):
                await mirror.tell(tx, slot)

    async def stopped() -> None:
        async with db.tx() as tx:
            await changes.stop_appointments(tx)

    jobs.add(DRIVE, drive)
    jobs.add(DRIVE_BATCH, drive_batch)
    jobs.every("booking.sweep", _SWEEP_SECONDS, sweep)
    jobs.every("booking.release", _RELEASE_SECONDS, release)
    jobs.every("booking.stopped", _STOPPED_SECONDS, stopped)


def _add_notices(jobs: Jobs, db: Db, driver: Driver, registrations: Registrations, kept: Mirror) -> None:
    async def schedule_changed(_: Stored) -> None:
        await kept.refresh_now()

    async def registration_changed(notice: Stored) -> None:
        found = await changes.registration_changed(db, registrations, str(notice.data["lock_request_no"]))
        if found is not None:
            await driver.drive(found)

    async def clinic_stopped(tx: Tx, notice: Stored) -> None:
        await changes.clinic_stopped(tx, notice.data)

    jobs.add(SCHEDULE_CHANGED, _calling(db, schedule_changed))
    jobs.add(REGISTRATION_CHANGED, _calling(db, registration_changed))
    jobs.add(CLINIC_STOPPED, _inside(db, clinic_stopped))
    jobs.every("booking.mirror", _MIRROR_SECONDS, kept.refresh_when_due)


def _add_mdt(jobs: Jobs, db: Db, sender: MdtSender, messages: Messages) -> None:
    async def send(application_id: str) -> None:
        await sender.send(UUID(application_id))

    async def sweep() -> None:
        async with db.tx() as tx:
            found = await mdt.busy(tx, MOST_SWEPT)
            for application_id in found:
                await tx.defer(
                    mdt_service.SEND, key=f"booking.mdt:{application_id}", application_id=str(application_id)
                )

    async def reviewed(tx: Tx, notice: Stored) -> None:
        await mdt_service.reviewed(tx, messages, notice.data)

    jobs.add(mdt_service.SEND, send)
    jobs.add(MDT_REVIEWED, _inside(db, reviewed))
    jobs.every("booking.mdt_sweep", _MDT_SECONDS, sweep)


def _calling(db: Db, work: Callable[[Stored], Awaitable[None]]) -> JobFunction:
    """A notice's job that calls out: read, work, mark as handled."""

    async def run(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
        if notice.handled:
            return
        await work(notice)
        async with db.tx() as tx:
            await inbox.mark_handled(tx, notice.id)

    return run


def _inside(db: Db, work: Callable[[Tx, Stored], Awaitable[None]]) -> JobFunction:
    """A notice's job that only writes: all in one transaction."""

    async def run(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
            if not notice.handled:
                await work(tx, notice)
                await inbox.mark_handled(tx, notice.id)

    return run
