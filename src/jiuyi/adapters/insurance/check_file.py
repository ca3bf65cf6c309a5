"""The centre's daily file of settlements (getCheckFile), read line by line from a temporary file.

That Guangdong's centre gives one, under which name, with which layout, and whether it lists what the HIS settled at its
desk as well, is UNCONFIRMED (contracts/insurance.md): path, request fields, columns and cover are settings. Known is
only that one province's interface has getCheckFile {orgCode, billDate, billType ALL}. The layout below is the one that
the hospital's test environment gives: CSV in UTF-8 with a header, yuan, refunds positive, one row a settlement.
"""

import asyncio
import base64
import binascii
import csv
import hashlib
import io
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date
from typing import IO, Any

import msgspec

from jiuyi.adapters.insurance.centre import NationalCentre
from jiuyi.adapters.insurance.words import stated
from jiuyi.domains.reconciliation.ports import NotReady
from jiuyi.domains.reconciliation.types import INSURANCE, Kind, Said
from jiuyi.kit.money import NotMoney, fen_from_yuan
from jiuyi.kit.outcomes import Garbled, Refused

OPERATION = "getCheckFile"
SECONDS = 60.0
_BATCH = 500
_KINDS = {"PAY": Kind.PAYMENT, "REFUND": Kind.REFUND}
_PAYERS = {"MOBILE": NationalCentre.name, "HIS": "his"}


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each column is called there; an empty `source` means that the file lists mobile settlements only."""

    kind: str = "tradeType"
    source: str = "source"
    our_no: str = "medOrgOrd"
    centre_no: str = "payOrdId"
    settle_no: str = "hiDocSn"
    at: str = "tradeTime"
    fund: str = "fundPay"
    account: str = "psnAcctPay"


class FileRefused(Exception):
    """The file is not the one that was promised: digest, rows, columns or amounts."""


class CheckFile:
    """Satisfies `reconciliation.ports.InsuranceBill`.

    `with_his`: the file lists what the HIS settled too. `not_yet`: codes of a refusal that mean *ask again later*.
    """

    def __init__(
        self,
        centre: NationalCentre,
        *,
        columns: Columns,
        extra: Mapping[str, str],
        with_his: bool,
        not_yet: frozenset[str],
    ) -> None:
        self._centre = centre
        self._columns = columns
        self._extra = dict(extra)
        self._not_yet = not_yet
        self.payers = frozenset(_PAYERS.values()) if with_his else frozenset({NationalCentre.name})

    async def bill(self, day: date) -> AsyncIterator[Said]:
        """Settlements and reversals of a day in the file's own order; what moved no insurance money is left out."""
        try:
            data = await self._centre.check_file({"billDate": day.isoformat(), "billType": "ALL", **self._extra})
        except Refused as error:
            if error.code in self._not_yet:
                raise NotReady("insurance", OPERATION, error.message) from error
            raise
        with tempfile.TemporaryFile() as file:
            try:
                rows = await asyncio.to_thread(self._unpacked, data, day, file)
                data.clear()
                while batch := await asyncio.to_thread(_some, rows):
                    for said in batch:
                        if said.merchant_id in self.payers:
                            yield said
            except (FileRefused, UnicodeDecodeError, csv.Error) as error:
                raise Garbled("insurance", OPERATION, f"{type(error).__name__} {error}"[:120]) from error

    def _unpacked(self, data: Mapping[str, Any], day: date, file: IO[bytes]) -> Iterator[Said]:
        """Check the file against what the answer says of it, and read it. Raises `FileRefused`."""
        if data.get("billDate", day.isoformat()) != day.isoformat():
            raise FileRefused("another day's file")
        try:
            content = base64.b64decode(str(data.get("fileContent") or ""), validate=True)
        except binascii.Error as error:
            raise FileRefused("not Base64") from error
        if hashlib.sha256(content).hexdigest() != str(data.get("fileSha256") or "").lower():
            raise FileRefused("the digest differs")
        file.write(content)
        file.seek(0)
        return _lines(file, self._columns, str(data.get("fileRows") or ""))


def _some(rows: Iterator[Said]) -> list[Said]:
    return [said for _, said in zip(range(_BATCH), rows, strict=False)]


def _lines(file: IO[bytes], columns: Columns, promised: str) -> Iterator[Said]:
    rows = 0
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text, strict=True)
        wanted = {name for name in msgspec.structs.asdict(columns).values() if name}
        if missing := wanted - set(reader.fieldnames or ()):
            raise FileRefused(f"columns are missing: {', '.join(sorted(missing))}")
        for row in reader:
            rows += 1
            if None in row or None in row.values():
                raise FileRefused("a row has another number of values than there are columns")
            said = _said(row, columns)
            if said is not None:
                yield said
    if str(rows) != promised:
        raise FileRefused("it has another number of rows than it says")


def _said(row: Mapping[str, str], columns: Columns) -> Said | None:
    try:
        fund, account = (fen_from_yuan(row[name] or "0") for name in (columns.fund, columns.account))
        kind = _KINDS[row[columns.kind]]
        if fund < 0 or account < 0:
            raise FileRefused("an amount is below nothing")
        if fund + account == 0:
            return None  # only the patient's own part moved
        number = row[columns.settle_no] or row[columns.centre_no] or row[columns.our_no]
        return Said(
            kind=kind,
            channel=INSURANCE,
            transaction_id=number,
            amount_fen=fund + account,
            at=stated(row[columns.at]),
            trade_no=number,
            refund_no=number if kind is Kind.REFUND else None,
            order_no=row[columns.our_no],
            merchant_id=_PAYERS[row[columns.source]] if columns.source else NationalCentre.name,
            account_fen=account,
        )
    except (KeyError, ValueError, NotMoney, TypeError) as error:
        raise FileRefused(f"a row cannot be read: {type(error).__name__}") from error
