"""A real SLURM on one machine for tests: munge, a controller and two nodes on loopback, without systemd, as root."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")  # the only place where jobs find it: the plugin strips SLURM_CONF
NODES = ("n1", "n2")
CPUS, MEMORY_MB = 4, 8000  # of a pretended node
SETTINGS = """\
ClusterName=adrepro
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=10
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SrunPortRange={first}-{last}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
SchedulerParameters=sched_interval=1,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
KillWait=2
MinJobAge=300
GresTypes=gpu
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{node1}-{node2}] CPUs={cpus} RealMemory={memory} \
Gres=gpu:pretended:2 State=UNKNOWN
PartitionName=cpu Nodes=n[1-2] Default=YES MaxTime=1-00:00:00 DefaultTime=10 DefMemPerCPU=500 State=UP
PartitionName=gpu Nodes=n[1-2] MaxTime=1-00:00:00 DefaultTime=10 DefMemPerCPU=500 State=UP
"""


def reason_to_skip() -> str:
    """Why a SLURM cannot be started here, or nothing."""
    if os.geteuid() != 0:
        return "a SLURM of its own needs root"
    if " " in sys.executable:
        return "the plugin cannot start a Python whose path has a space"
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(name)]
    if missing:
        return f"no {', '.join(missing)}; with Debian: apt-get install --no-install-recommends slurm-wlm munge"
    if CONFIGURATION.exists():
        return f"{CONFIGURATION} exists: this machine has a SLURM already"
    with contextlib.suppress(OSError):
        if socket.gethostbyname(socket.gethostname()).startswith("127."):
            return ""
    return f"the name {socket.gethostname()} must stand for 127.0.0.1; add both as a line to /etc/hosts"


class Slurm:
    """The daemons, each a process of its own that a test may kill."""

    def __init__(self, folder: Path, port: int = 26817) -> None:
        self.folder, self.port = folder, port
        self.daemons: dict[str, subprocess.Popen] = {}

    def start(self) -> None:
        """Bring up everything; raises if it is not there within a minute."""
        for name in ("state", "spool/n1", "spool/n2"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        self.folder.chmod(0o755)  # munge refuses a folder that others may write to
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        for number in range(2):  # a GPU must be a character device: /dev/null's numbers
            os.mknod(self.folder / f"gpu{number}", 0o020666, os.makedev(1, 3))
        names = {"host": socket.gethostname(), "folder": self.folder, "cpus": CPUS, "memory": MEMORY_MB}
        ports = {"port": self.port, "node1": self.port + 1, "node2": self.port + 2}
        span = {"first": self.port + 100, "last": self.port + 400}
        (self.folder / "slurm.conf").write_text(SETTINGS.format(**names, **ports, **span))
        (self.folder / "gres.conf").write_text(f"Name=gpu Type=pretended File={self.folder}/gpu[0-1]\n")
        (self.folder / "cgroup.conf").write_text("")
        CONFIGURATION.parent.mkdir(exist_ok=True)
        CONFIGURATION.unlink(missing_ok=True)  # a link to nowhere, of tests that were killed
        CONFIGURATION.symlink_to(self.folder / "slurm.conf")
        words = ("munged", "-F", f"--key-file={key}", f"--socket={self.folder}/munge.sock")
        words += tuple(f"--{what}-file={self.folder}/munge.{what}" for what in ("pid", "log", "seed"))
        self._start("munged", *words)
        self._wait_for(lambda: (self.folder / "munge.sock").exists(), "munge")
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        self._wait_for(lambda: self.nodes() == ["idle"] * len(NODES), "both nodes")

    def nodes(self) -> list[str]:
        """State of each node: `idle`, `mixed`, `down` ..."""
        return self.ask("sinfo", "-h", "-N", "-p", "cpu", "-o", "%T").split()

    def start_controller(self) -> None:
        self._start("slurmctld", "slurmctld", "-D")
        self._wait_for(lambda: "UP" in self.ask("scontrol", "ping"), "the controller")

    def start_node(self, node: str) -> None:
        self._start(node, "slurmd", "-D", "-N", node)

    def kill(self, name: str) -> None:
        """End a daemon as a power cut would: `n1` and what runs there, or `slurmctld`."""
        if name in NODES:  # the steps on a node are sessions of their own
            for job in self.ask("squeue", "-h", "-w", name, "-o", "%A").split():
                found = subprocess.run(["pgrep", "-f", rf"slurmstepd: \[{job}\."], capture_output=True, text=True)
                for pid in found.stdout.split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
        self.daemons[name].kill()
        self.daemons.pop(name).wait()

    def stop(self) -> None:
        """End the jobs, then the daemons in reverse order."""
        if "slurmctld" in self.daemons:
            self.ask("scancel", "--user=root")
            with contextlib.suppress(TimeoutError):
                self._wait_for(lambda: not self.ask("squeue", "-h", "-t", "R,CG,PD"), "the end of jobs")
        for daemon in reversed(list(self.daemons.values())):
            daemon.terminate()
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()
        CONFIGURATION.unlink(missing_ok=True)

    def ask(self, *words: str) -> str:
        """What a SLURM command prints; nothing when it fails."""
        try:
            return subprocess.run(words, capture_output=True, text=True, timeout=20).stdout.strip()
        except subprocess.TimeoutExpired:
            return ""

    def _start(self, name: str, *words: str) -> None:
        env = os.environ | {"SLURM_CONF": str(self.folder / "slurm.conf")}  # with gres.conf and cgroup.conf beside it
        with open(self.folder / f"{name}.out", "a") as out:
            self.daemons[name] = subprocess.Popen(
                words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True, env=env
            )

    def _wait_for(self, ready: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 60
        while not ready():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come in 60 s; see {self.folder}/*.log")
            time.sleep(0.2)


@contextlib.contextmanager
def a_slurm(folder: Path) -> Iterator[Slurm]:
    """A SLURM for the length of the block."""
    slurm = Slurm(folder)
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()
