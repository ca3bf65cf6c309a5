"""`python -m jiuyi.app.cli` is `jiuyi`."""

from jiuyi.app.cli.main import main

main()
