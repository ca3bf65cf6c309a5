"""Papers that leave the program: sheets for Excel (`sheets`), and PDF (`pdf`)."""
