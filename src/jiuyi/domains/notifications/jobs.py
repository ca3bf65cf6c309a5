"""Delivering, the channel's late receipts, and deliveries whose job was lost."""

from collections.abc import Mapping
from uuid import UUID

from jiuyi.domains.accounts.events import AccountsJoined, IdentityDetached
from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.notifications import flows, repository, service
from jiuyi.domains.notifications.ports import ChannelSender, PhoneSender
from jiuyi.domains.notifications.types import DeliveryState
from jiuyi.domains.patients.events import BindingAdded
from jiuyi.kit import inbox
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.moves import move

RECEIPT = "notifications.receipt"
BINDING_ADDED = "notifications.binding_added"
ACCOUNTS_JOINED = "notifications.accounts_joined"
IDENTITY_DETACHED = "notifications.identity_detached"
AT_ONCE = 200
"""Who waited for the hospital's system, in one transaction."""


def register(
    jobs: Jobs,
    subscriptions: Subscriptions,
    *,
    db: Db,
    vault: Vault,
    channels: Mapping[Channel, ChannelSender],
    phone: PhoneSender,
    base_url: str,
    clock: Clock,
) -> None:
    """Add the jobs and the rescue round."""

    async def deliver(delivery_id: str) -> None:
        await flows.deliver(db, vault, channels, phone, delivery_id=UUID(delivery_id), base_url=base_url)

    async def receipt(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
            if notice.handled:
                return
            found = await repository.by_external(tx, str(notice.data["channel"]), str(notice.data["message_id"]))
            if found is not None and not notice.data["delivered"] and found.state is DeliveryState.SENT:
                axis, why = repository.DELIVERY_AXIS, str(notice.data["status"])[:80]
                await move(
                    tx, axis, found.id, DeliveryState.SENT, DeliveryState.REFUSED, who="channel:wechat_oa", why=why
                )
            await inbox.mark_handled(tx, notice.id)

    async def rescue() -> None:
        async with db.tx() as tx:
            await repository.prune_permits(tx)
            for delivery_id in await repository.stuck(tx):
                found = await repository.delivery(tx, delivery_id)
                if found.state is DeliveryState.SENDING:
                    axis, source = repository.DELIVERY_AXIS, DeliveryState.SENDING
                    await move(
                        tx, axis, delivery_id, source, DeliveryState.UNKNOWN, who="system:notifications", why="lost"
                    )
                else:
                    await tx.defer(service.DELIVER, delivery_id=str(delivery_id))

    async def recovered() -> None:
        most = AT_ONCE
        while most == AT_ONCE:
            async with db.tx() as tx:
                most = await service.tell_recovered(tx, clock, AT_ONCE)

    jobs.add(service.DELIVER, deliver)
    jobs.add(service.RECOVERED, recovered)
    jobs.add(RECEIPT, receipt)
    jobs.every("notifications.rescue", 600, rescue)
    _hear(jobs, subscriptions, db, vault)


def _hear(jobs: Jobs, subscriptions: Subscriptions, db: Db, vault: Vault) -> None:
    """What happens to bindings and accounts, and who is told of it."""

    async def binding_added(binding_id: str) -> None:
        async with db.tx() as tx:
            await service.tell_of_binding(tx, vault, UUID(binding_id))

    async def accounts_joined(joining_id: str, account_id: str, identity_id: str) -> None:
        async with db.tx() as tx:
            await service.tell_of_joining(tx, vault, UUID(joining_id), UUID(account_id), UUID(identity_id))

    async def identity_detached(detachment_id: str, account_id: str, identity_id: str, new_account_id: str) -> None:
        ids = (UUID(detachment_id), UUID(account_id), UUID(identity_id), UUID(new_account_id))
        async with db.tx() as tx:
            await service.tell_of_detachment(tx, vault, *ids)

    jobs.add(BINDING_ADDED, binding_added)
    jobs.add(ACCOUNTS_JOINED, accounts_joined)
    jobs.add(IDENTITY_DETACHED, identity_detached)
    subscriptions.subscribe(BindingAdded, BINDING_ADDED)
    subscriptions.subscribe(AccountsJoined, ACCOUNTS_JOINED)
    subscriptions.subscribe(IdentityDetached, IDENTITY_DETACHED)
