"""An embedded PostgreSQL under our own supervisor: nothing to install, nothing to configure.

``Cluster(folder).start()`` answers a connection string; several processes may start the same folder and share
one server; the last one to stop it, stops it. Everything survives ``kill -9`` of anything.
The server never runs as root, listens on no network address, and its socket lies in a folder only its owner
may enter.
"""

from jiuyi.app.cluster.binaries import Installation
from jiuyi.app.cluster.problems import ClusterError
from jiuyi.app.cluster.supervisor import Cluster, ClusterStatus

__all__ = ["Cluster", "ClusterError", "ClusterStatus", "Installation"]
