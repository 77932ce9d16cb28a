"""Two hosts, network namespaces, joined by wanlink."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRS = {"A": ("10.77.1.1", "fd77:1::1"), "B": ("10.77.2.1", "fd77:2::1")}
# What ports 82 to 84 of host B do with a SYN.
RULES = {
    "iptables": ("DROP", "REJECT --reject-with icmp-admin-prohibited",
                 "REJECT --reject-with icmp-port-unreachable"),
    "ip6tables": ("DROP", "REJECT --reject-with icmp6-adm-prohibited",
                  "REJECT --reject-with icmp6-port-unreachable"),
}


def run(*command, text=None):
    subprocess.run(command, input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def quote(settings):
    return ",".join(k if k == "ordered" else f"{k}={v:.9g}"
                    for k, v in settings.items())


class Net:
    """The hosts and the link, from begin to end of a with statement."""

    def __init__(self, link, wanlink, folder):
        self.link, self.wanlink, self.folder = link, wanlink, folder
        self.names = {h: f"tr-{os.getpid()}-{h.lower()}" for h in "AB"}
        self.processes = []

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for p in self.processes:
            p.kill()
            p.wait()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "del", name],
                           stderr=subprocess.DEVNULL)

    def inside(self, host, *command):
        return ["ip", "netns", "exec", self.names[host], *command]

    def start(self, command, **options):
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                             **options)
        self.processes.append(p)
        return p

    def start_ready(self, command):
        """Start a program that prints a line when it is ready."""
        p = self.start(command, stdout=subprocess.PIPE)
        if p.stdout.readline() != "ready\n":
            raise RuntimeError(f"{command[0]} did not start")
        return p

    def path(self, name):
        return os.path.join(self.folder, name)

    def up(self):
        for name in self.names.values():
            run("ip", "netns", "add", name)
        link = self.link
        self.wan = self.start_ready([
            self.wanlink, "-a", self.names["A"], "-b", self.names["B"],
            "-n", quote(link.near), "-f", quote(link.far),
            "-s", str(link.seed * 1000 + link.number),
            "-l", self.path("link.tsv"), "-w", self.path("link.pcap"),
            *link.arguments])
        for host in "AB":
            self.configure(host)
        self.block()
        self.server = self.start_ready(self.inside(
            "B", sys.executable, HERE + "/traffic.py", "serve",
            self.path("server.tsv"), *ADDRS["B"]))

    def configure(self, host):
        v4, v6 = ADDRS[host]
        run("ip", "-n", self.names[host], "-batch", "-", text=f"""
            link set lo up
            addr add {v4}/32 dev wan
            addr add {v6}/128 dev wan nodad
            link set wan up mtu 1500 txqueuelen 20000
            route add default dev wan congctl {self.link.congestion}
            route add ::/0 dev wan congctl {self.link.congestion}
            """)
        settings = {f"net.ipv4.tcp_{k}": v for k, v in
                    self.link.sysctl.items()}
        settings.update({"net.ipv4.icmp_ratelimit": 0,
                         "net.ipv4.icmp_msgs_per_sec": 100000,
                         "net.ipv6.icmp.ratelimit": 0})
        run(*self.inside(host, "sysctl", "-qw",
                         *(f"{k}={v}" for k, v in settings.items())))

    def block(self):
        for tool, rules in RULES.items():
            for port, rule in zip((82, 83, 84), rules):
                run(*self.inside("B", tool, "-A", "INPUT", "-p", "tcp",
                                 "--dport", str(port), "-j", *rule.split()))

    def use(self, plan):
        """Make traffic, and wait until the link is empty."""
        client = self.start(self.inside(
            "A", sys.executable, HERE + "/traffic.py", "use",
            self.path("client.tsv"), json.dumps(plan), *ADDRS["B"]))
        client.wait(plan["seconds"] * 2 + 10)
        time.sleep(0.2 + 3 * self.link.delay())
        if self.dropped() > 0:
            raise RuntimeError("a host dropped packets before the link")
        self.wan.terminate()
        if self.wan.wait(10) != 0:
            raise RuntimeError("wanlink failed")

    def dropped(self):
        """Packets that a host's device dropped, so that the log lacks them."""
        n = 0
        for host in "AB":
            out = subprocess.run(
                ["ip", "-n", self.names[host], "-s", "-j", "link", "show",
                 "wan"], capture_output=True, text=True).stdout
            for device in json.loads(out):
                n += device["stats64"]["tx"]["dropped"]
        return n
