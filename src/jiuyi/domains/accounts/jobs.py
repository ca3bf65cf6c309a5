"""Forgetting old sessions, and what channels say about who follows."""

from uuid import UUID

from jiuyi.domains.accounts import service
from jiuyi.domains.accounts.repository import joining, people
from jiuyi.domains.accounts.types import Channel
from jiuyi.kit import inbox
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs

FOLLOW_NOTICE = "accounts.follow_notice"


def register(jobs: Jobs, *, db: Db, vault: Vault) -> None:
    """Add the hourly round and the job for follow and unfollow notices."""

    async def prune() -> None:
        async with db.tx() as tx:
            await people.prune_sessions(tx)
            await joining.prune(tx)

    async def follow_notice(notice_id: str) -> None:
        async with db.tx() as tx:
            notice = await inbox.read(tx, UUID(notice_id))
            if not notice.handled:
                await service.set_follows(
                    tx,
                    vault,
                    Channel(notice.data["channel"]),
                    str(notice.data["subject"]),
                    follows=bool(notice.data["follows"]),
                )
                await inbox.mark_handled(tx, notice.id)

    jobs.every("accounts.prune", 3600, prune)
    jobs.add(FOLLOW_NOTICE, follow_notice)
