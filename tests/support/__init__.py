"""What the fixtures stand on: databases, servers of our own, free ports."""
