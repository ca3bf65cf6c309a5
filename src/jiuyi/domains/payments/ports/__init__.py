"""What payments needs: of channels through which people pay, and of domains whose things are paid."""

from jiuyi.domains.payments.ports.books import (
    AskingT,
    Book,
    EntryT,
    ReceiptT,
    TellingT,
    Withdrawals,
    WithdrawalT,
)
from jiuyi.domains.payments.ports.channels import (
    PAYMENT_NOTICE,
    REFUND_NOTICE,
    BalanceShort,
    Billed,
    Channel,
    Channels,
    CodeChannel,
    CodeRefused,
    NoBillYet,
    NoticeRefused,
    Settling,
    TooSoon,
)

__all__ = [
    "PAYMENT_NOTICE",
    "REFUND_NOTICE",
    "AskingT",
    "BalanceShort",
    "Billed",
    "Book",
    "Channel",
    "Channels",
    "CodeChannel",
    "CodeRefused",
    "EntryT",
    "NoBillYet",
    "NoticeRefused",
    "ReceiptT",
    "Settling",
    "TellingT",
    "TooSoon",
    "WithdrawalT",
    "Withdrawals",
]
