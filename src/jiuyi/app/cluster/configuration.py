"""The server's configuration files, written at every start; a person's own ``data/local.conf`` wins."""

from pathlib import Path

from jiuyi.app.cluster.folders import PORT, USER, Folders
from jiuyi.app.cluster.identity import Identity

# For two cores and a few hundred megabytes. Durability is never traded: fsync, synchronous_commit and
# full_page_writes are stated, so that nobody wonders.
SETTINGS: dict[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "checkpoint_timeout": "10min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",  # short statements only: compiling them costs more than it gives
    "max_parallel_workers_per_gather": "0",  # two cores belong to many patients, not to one query
    "idle_in_transaction_session_timeout": "60s",  # nobody may hold rows while waiting for somebody else
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_duration_statement": "1s",
    "log_parameter_max_length": "0",  # values may be personal data: the log shows statements only
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


def quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def write(folders: Folders, identity: Identity) -> None:
    settings = SETTINGS | {"unix_socket_directories": '"' + str(folders.run).replace('"', '""') + '"'}
    lines = [f"{name} = {quoted(value)}" for name, value in settings.items()]
    _put(folders.data / "jiuyi.conf", [*lines, "include_if_exists = 'local.conf'"], identity)
    _put(
        folders.data / "pg_hba.conf",
        [
            "# Only through the socket, only as the user who owns the server (or root).",
            "local all         all peer map=jiuyi",
            "local replication all peer map=jiuyi",
        ],
        identity,
    )
    names = dict.fromkeys(identity.names)
    _put(folders.data / "pg_ident.conf", [f'jiuyi "{name}" {USER}' for name in names], identity)
    main = folders.data / "postgresql.conf"
    include = "include = 'jiuyi.conf'"
    text = main.read_text()
    if include not in text:
        main.write_text(f"{text}\n{include}\n")


def _put(path: Path, lines: list[str], identity: Identity) -> None:
    new = path.with_suffix(".new")
    new.write_text("\n".join(["# Written by Jiuyi at every start.", *lines, ""]))
    new.chmod(0o600)
    identity.own(new)
    new.replace(path)
