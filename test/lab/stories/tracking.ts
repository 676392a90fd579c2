import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { hosts, inside, provision, visit } from "../machines.ts";

/** What the kernel keeps state of, and what it does without: inside a machine, VRRP, and the answers of NSD. */
export function tracking(): void {
  describe("connection tracking", () => {
    test("begins nothing for the loopback, VRRP and questions to NSD, and all three work", async () => {
      // What began under other rules, as on a machine that was closed at a boot, is there until it ends.
      const before = await needless();
      for (const address of ["192.168.56.11", "192.168.56.10"])
        expect(await ask(address)).toEqual(["192.168.56.10"]);
      expect((await visit()).status).toBe(200);
      await sleep(3000);
      const after = await needless();
      expect(after.filter((entry) => !before.includes(entry))).toEqual([]);
      const holders = await Promise.all(hosts.map(({ name }) => inside(name, "ip -br addr")));
      expect(holders.filter((addresses) => addresses.includes("192.168.56.10/"))).toHaveLength(1);
    });

    test("still has what a machine asks others, so an answer that nobody asked for does not come in", async () => {
      const heard = inside("web-02", LISTEN);
      // Again and again, because nothing says when the other end has begun to listen.
      for (let times = 0; times < 20; times++) {
        await send("from outside", { from: 53, to: "192.168.56.12" });
        await sleep(250);
      }
      await inside("web-02", `perl -MIO::Socket::INET -e '${tell("from inside")}'`);
      expect(await heard).toBe("from inside");
    });

    test("is as the role says, as far as a machine may set it, and a run puts it back", async () => {
      const seconds = () =>
        inside("web-03", "cat /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait");
      expect(await seconds()).toBe("10");
      await inside("web-03", "sysctl -q -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=120");
      const plan = await provision("--check", "--limit", "web-03", "--role", "firewall");
      expect(plan.changed).toEqual(["web-03 firewall kernel[/etc/sysctl.d/60-quintet-tracking.conf]"]);
      expect((await provision("--limit", "web-03", "--role", "firewall")).changed).toEqual(plan.changed);
      expect(await seconds()).toBe("10");
    });
  });
}

// --- internal ---

/** A port that nobody listens on. */
const PORT = 45_000;

/** What the kernels should know nothing about, as host, protocol, addresses and ports. */
async function needless(): Promise<string[]> {
  const found = await Promise.all(
    hosts.map(async ({ name }) => {
      const entries = (await inside(name, NEEDLESS)).split("\n").filter(Boolean);
      return entries.map((entry) => `${name} ${entry}`);
    }),
  );
  return found.flat();
}

/** A machine's own questions to other name servers are none of that. */
const NEEDLESS = `
  own=$(ip -o -4 addr show scope global | awk '{ sub("/.*", "", $4); printf "%s|", $4 }')127.0.0.1
  awk -v own="^($own)$" '
    function of(name) { return substr($0, index($0, " " name "=") + length(name) + 2) }
    {
      split(of("src"), source, " "); split(of("dst"), target, " "); split(of("dport"), port, " ")
      asked = $3 == "udp" && port[1] == 53 && target[1] ~ own
    }
    $4 == 112 || asked || (source[1] ~ own && target[1] ~ own) {
      print $3, $4, source[1], target[1], of("sport") + 0, port[1]
    }' /proc/net/nf_conntrack`;

/** Prints what comes to the port, until it hears from the machine itself, or for so many seconds. */
const LISTEN = `timeout 30 perl -MIO::Socket::INET -e '
  my $socket = IO::Socket::INET->new(Proto => "udp", LocalPort => ${PORT}) or die;
  $SIG{ALRM} = sub { exit };
  alarm 20;
  my $told;
  do { $socket->recv($told, 99); print "$told\\n" } until $told eq "from inside"'`;

const tell = (words: string) =>
  `IO::Socket::INET->new(Proto => "udp", PeerAddr => "192.168.56.12:${PORT}")->send("${words}")`;

async function send(words: string, { from, to }: { from: number; to: string }): Promise<void> {
  const socket = createSocket("udp4");
  socket.bind(from, "192.168.56.1");
  await once(socket, "listening");
  await new Promise((resolve) => socket.send(words, PORT, to, resolve));
  socket.close();
}

async function ask(server: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return await resolver.resolve4("www.foobar.com");
}
