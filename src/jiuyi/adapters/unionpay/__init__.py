"""UnionPay ACP 5.1.0: codes both ways at the desk (docs/contracts/desk.md)."""
