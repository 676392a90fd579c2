import assert from "node:assert/strict";
import { sized, underLoad } from "./limits.ts";
import type { Terminal } from "./terminal.ts";

/** Types the commands of README and docs, then lets things happen to the machines. Throws at the first surprise. */
export async function story(terminal: Terminal): Promise<void> {
  await birth(terminal);
  await underLoad(terminal, HOSTS);
  await clock(terminal);
  await size(terminal);
  await reboot(terminal);
  await rebirth(terminal);
  await stranger(terminal);
  await powerCut(terminal);
  await terminal.type("vagrant destroy -f");
}

// --- internal ---

const DATABASES = ["db-01", "db-02"];
/** Twenty entries, through the balancer. Fails if one is not acknowledged. */
const WRITES = `seq 20 | xargs -I{} curl -sf -m 10 -o /dev/null --cacert .quintet/pki/ca.pem \\
  --resolve www.foobar.com:443:192.168.56.10 -H 'content-type: application/json' \\
  -d '{"name":"clock","message":"number {}"}' https://www.foobar.com/api/entries`;
const HOSTS = ["web-01", "web-02", "web-03", ...DATABASES];

async function birth(terminal: Terminal) {
  await terminal.type("npm ci");
  await terminal.type("vagrant up && npm run provision");
  await terminal.type("npm run smoke");
  changesNothing(await terminal.type("npm run provision"));
  changesNothing(await terminal.type("npm run provision -- --role nginx"));
}

/** Checks that the five machines fit into 4 GiB after all of the above. */
async function size(terminal: Terminal) {
  const all = [];
  for (const host of HOSTS) {
    const [, total, , , , , available] =
      /Mem: +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)/.exec(
        await terminal.type(`npm run ssh -- ${host} 'free -m'`),
      ) ?? [];
    assert.ok(Number(available) > 0.2 * Number(total), `${host} has a fifth of its memory left`);
    all.push(Number(total));
  }
  assert.ok(all.reduce((sum, total) => sum + total) <= 4096);
}

/** Clocks of databases are an hour wrong, one way and the other. Nobody becomes the primary for that, and all is written. */
async function clock(terminal: Terminal) {
  const term = async () => /term \d+/.exec(await terminal.type("npm run status -- --wait 20"))?.[0];
  const before = await term();
  assert.ok(before, "the status says the term of the primary");
  for (const host of DATABASES)
    for (const step of ["1 hour", "-2 hours", "1 hour"]) {
      await terminal.type(`npm run ssh -- ${host} 'sudo date --set "${step}"'`);
      await terminal.type(WRITES);
      assert.equal(await term(), before);
    }
}

async function reboot(terminal: Terminal) {
  const bootId = () => terminal.type("npm run ssh -- web-02 'cat /proc/sys/kernel/random/boot_id'");
  const before = await bootId();
  await terminal.type("vagrant reload web-02");
  await settled(terminal, ["web-02"]);
  assert.notEqual(await bootId(), before);
  await sized(terminal, "web-02");
  await terminal.type("npm run smoke");
}

async function rebirth(terminal: Terminal) {
  const again = "vagrant destroy -f web-03 && vagrant up web-03 && npm run provision -- --limit web-03";
  await terminal.type(again);
  await terminal.type("npm run smoke");
}

/** A machine shows another host key, although Vagrant has not made it again. */
async function stranger(terminal: Terminal) {
  const keys = "sudo rm /etc/ssh/ssh_host_*; sudo ssh-keygen -q -A; sudo systemctl restart ssh";
  await terminal.type(`npm run ssh -- web-03 '${keys}'`);
  const refused = await terminal.type("npm run provision -- --limit web-03", { exitCode: 4 });
  assert.match(refused, /web-03 .*shows another host key/s);
  const [cure = ""] = /npm run ssh -- --forget \S+/.exec(refused) ?? [];
  assert.equal(cure, "npm run ssh -- --forget 192.168.56.13");
  await terminal.type(cure);
  changesNothing(await terminal.type("npm run provision -- --limit web-03"));
}

/** All machines lose power at once. They come back by themselves, in any order, and need no provisioning. */
async function powerCut(terminal: Terminal) {
  await terminal.type("for vm in $(virsh list --name); do virsh destroy $vm; done");
  await terminal.type("vagrant up");
  await settled(terminal, HOSTS);
  await terminal.type("npm run smoke");
  changesNothing(await terminal.type("npm run provision -- --check"));
  for (const host of HOSTS) await lookAround(terminal, host);
}

/** Checks what needs a real kernel: an enforced AppArmor profile that denied nothing, and only SSH open on IPv6. */
async function lookAround(terminal: Terminal, host: string) {
  const on = (command: string) => terminal.type(`npm run -s ssh -- ${host} '${command}'`);
  assert.equal(await on("sudo journalctl --quiet --boot --dmesg --grep DENIED || true"), "");
  assert.match(await on("ss --listening --tcp --ipv6 --no-header --numeric"), /^[^\n]*:22 .*\n$/);
  if (DATABASES.includes(host))
    assert.match(await on("sudo grep mysqld /sys/kernel/security/apparmor/profiles"), /\(enforce\)/);
}

function changesNothing(output: string) {
  const lines = [...output.matchAll(/ (?:changed|would change) (\d+) +unknown (\d+) +failed (\d+)/g)];
  assert.ok(lines.length > 0, "a run ends with a line for each host");
  assert.deepEqual([...new Set(lines.flatMap(([, ...counts]) => counts))], ["0"]);
}

/** Waits until the hosts have booted. If a unit failed, the state is "degraded", and the exit code is 1. */
async function settled(terminal: Terminal, hosts: readonly string[]) {
  for (const host of hosts)
    await terminal.type(`npm run ssh -- ${host} 'systemctl is-system-running --wait'`);
}
