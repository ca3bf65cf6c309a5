"""Plain HTTP on this machine: no client of a test has to read the list of trusted authorities (20 ms each)."""

import ssl

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Give it as `verify`. It trusts nobody, so that a call to an https address fails."""
