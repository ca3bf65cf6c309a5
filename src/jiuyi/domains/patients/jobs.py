"""Finishing what the HIS left unanswered, and forgetting what was typed."""

from jiuyi.domains.patients import flows
from jiuyi.domains.patients.ports import PatientFiles
from jiuyi.domains.patients.repository import proofs
from jiuyi.kit import tasks
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.knobs import Knobs


def register(jobs: Jobs, *, db: Db, vault: Vault, knobs: Knobs, patient_files: PatientFiles) -> None:
    """Add the rounds."""

    async def settle() -> None:
        async with db.tx() as tx:
            waiting = await proofs.stuck(tx, flows.STUCK_SECONDS)
        await tasks.each(waiting, lambda one: flows.settle_again(db, patient_files, vault, knobs, one), at_once=4)

    async def prune() -> None:
        async with db.tx() as tx:
            await proofs.prune(tx)

    jobs.every("patients.settle", 15, settle)
    jobs.every("patients.prune", 3600, prune)
