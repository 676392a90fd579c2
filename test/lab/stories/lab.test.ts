import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { $ } from "zx";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { RefusedError } from "../../../engine/util/errors.ts";
import { cgroupOf, processesIn } from "../../../lab/cgroup.ts";
import { describeLab } from "../../../lab/context.ts";
import { checkPlatform, knownHosts, labKey, type OpenLab, openLab } from "../../../lab/index.ts";
import { leaderOf } from "../../../lab/machine.ts";
import { waitUntil } from "../../../lab/run.ts";

// A separate lab beside the default one, with another bridge and another /24, so that a lab in use is not disturbed.
const ID = "quintet-test";
// The second name is too long for the name of a network interface.
const INVENTORY = `
domain: foobar.com
public_address: 192.168.57.10
ssh: { user: vagrant }
hosts:
  t-01: { address: 192.168.57.11 }
  t-with-a-long-name: { address: 192.168.57.12 }
groups:
  web: { hosts: [t-01] }
`;
const ONE = "t-01";
const TWO = "t-with-a-long-name";
const ADDRESS = "192.168.57.11";

const sh = $({ quiet: true, nothrow: true });

const canRun = (() => {
  try {
    checkPlatform();
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!canRun)("the lab's machines", { timeout: 180_000 }, () => {
  let directory = "";
  let lab: OpenLab;
  let inner: ReturnType<typeof describeLab>;
  const said: string[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "lab-test-"));
    writeFileSync(join(directory, "two.yaml"), INVENTORY);
    const inventory = readInventory(join(directory, "two.yaml"));
    inner = describeLab(inventory, ID);
    lab = openLab(inventory, { id: ID, say: (line) => said.push(line) });
    await lab.down();
  }, 60_000);

  afterAll(async () => {
    await lab?.down();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  test("boot with one line of output each, and a second `up` leaves them running", async () => {
    expect(await lab.isUp()).toBe(false);
    await lab.up();
    expect(said.filter((line) => / up in /.test(line))).toHaveLength(2);
    expect(await lab.isUp()).toBe(true);
    const before = await leaderOf(inner, ONE);
    await lab.up();
    expect(await leaderOf(inner, ONE)).toBe(before);
    expect(said.at(-1)).toMatch(/is up$/);
  });

  test("boot once if two `up` run at the same time", async () => {
    await lab.down();
    await Promise.all([lab.up(), lab.up()]);
    expect(await lab.isUp()).toBe(true);
  });

  test("have no failed unit", async () => {
    const state = await lab.execIn(ONE, ["systemctl", "is-system-running", "--wait"]);
    expect(state.stdout.trim(), (await lab.execIn(ONE, ["systemctl", "--failed"])).stdout).toBe("running");
  });

  test("accept logins of the user vagrant, who can use sudo without a password", async () => {
    const login = await ssh("sudo -n id -un; hostname; systemd-detect-virt");
    expect(login.stdout).toBe(`root\n${ONE}\nsystemd-nspawn\n`);
  });

  test("have their own host keys, machine ids and host names", async () => {
    expect(await hostKey(ADDRESS)).not.toBe(await hostKey("192.168.57.12"));
    const id = (name: string) => lab.execIn(name, ["cat", "/etc/machine-id"]).then(({ stdout }) => stdout);
    expect(await id(ONE)).not.toBe(await id(TWO));
    expect((await lab.execIn(ONE, ["cat", "/etc/hosts"])).stdout).toContain(`127.0.2.1 ${ONE}`);
  });

  test("support the sandboxing that the project's units use", async () => {
    const sandbox = ["PrivateTmp=yes", "ProtectSystem=strict", "PrivateDevices=yes", "DynamicUser=yes"];
    const more = [
      "StateDirectory=probe",
      "AmbientCapabilities=CAP_NET_BIND_SERVICE",
      "SetCredential=word:open",
    ];
    const properties = [...sandbox, ...more].flatMap((property) => ["-p", property]);
    const command = ["systemd-run", "--quiet", "--wait", "--pipe", ...properties];
    const told = await lab.execIn(ONE, [...command, "sh", "-c", 'cat "$CREDENTIALS_DIRECTORY/word"']);
    expect(told.stdout, told.stderr).toBe("open");
    const set = await lab.execIn(ONE, ["sysctl", "-w", "net.ipv4.ip_nonlocal_bind=1"]);
    expect(set.exitCode, set.stderr).toBe(0);
  });

  test("can reach the package mirror", async () => {
    const update = await lab.execIn(ONE, ["apt-get", "-q", "update"]);
    expect(update.exitCode, update.stdout + update.stderr).toBe(0);
    expect(update.stderr).not.toMatch(/^[EW]:/m);
  });

  test("can run a command with exec, which passes stdin and the exit code", async () => {
    const answer = await lab.execIn(ONE, ["sh", "-c", "cat; exit 7"], { stdin: "hello" });
    expect([answer.stdout, answer.exitCode]).toEqual(["hello", 7]);
  });

  test("stop cleanly and start with the same disk", async () => {
    await lab.execIn(ONE, ["touch", "/root/kept"]);
    const key = await hostKey(ADDRESS);
    await lab.stop([ONE]);
    expect((await lab.status([ONE]))[0]?.state).toBe("stopped");
    await expect(lab.execIn(ONE, ["true"])).rejects.toThrow(RefusedError);
    await lab.start([ONE]);
    expect((await lab.execIn(ONE, ["cat", "/root/kept"])).exitCode).toBe(0);
    expect(await hostKey(ADDRESS)).toBe(key);
  });

  test("can reboot themselves", async () => {
    const before = await leaderOf(inner, ONE);
    await ssh("sudo -n systemctl reboot");
    expect(await waitUntil(60, async () => ![before, undefined].includes(await leaderOf(inner, ONE)))).toBe(
      true,
    );
    await lab.up([ONE]);
    expect((await lab.execIn(ONE, ["cat", "/root/kept"])).exitCode).toBe(0);
  });

  test("start again after a power loss", async () => {
    await lab.stop([ONE], { kill: true });
    expect((await lab.status([ONE]))[0]?.state).toBe("stopped");
    await lab.start([ONE]);
    expect((await lab.execIn(ONE, ["cat", "/root/kept"])).exitCode).toBe(0);
  });

  test("can be cut off from everything and healed", async () => {
    expect(await talks()).toBe(true);
    await lab.cut([ONE]);
    expect((await lab.status([ONE]))[0]?.cut.all).toBe(true);
    expect(await talks()).toBe(false);
    expect((await ssh("true")).exitCode).toBe(255);
    await lab.heal([ONE]);
    expect(await waitUntil(30, talks)).toBe(true);
  });

  test("can be cut off from one other machine only, in both directions", async () => {
    await lab.cut([TWO], { from: ONE });
    expect((await lab.status()).map(({ cut }) => cut.from)).toEqual([[TWO], [ONE]]);
    expect(await talks()).toBe(false);
    expect((await ssh("true")).exitCode).toBe(0);
    await lab.heal();
    expect((await lab.status()).map(({ cut }) => cut.from)).toEqual([[], []]);
    expect(await waitUntil(30, talks)).toBe(true);
  });

  test("get a bare disk and new host keys with `fresh`, and the project forgets the old keys", async () => {
    const key = await hostKey(ADDRESS);
    mkdirSync(join(knownHosts, ".."), { recursive: true });
    writeFileSync(knownHosts, `${ADDRESS} ${key}\n`, { flag: "a", mode: 0o600 });
    await lab.fresh([ONE]);
    expect((await lab.execIn(ONE, ["cat", "/root/kept"])).exitCode).not.toBe(0);
    expect(await hostKey(ADDRESS)).not.toBe(key);
    expect(readFileSync(knownHosts, "utf8")).not.toContain(ADDRESS);
  });

  test.each([
    ["its keeper", "keeper"],
    ["systemd-nspawn", "machine/supervisor"],
    ["everything of it", ""],
  ])("boot again after a kill -9 of %s", async (_, part) => {
    const group = await cgroupOf(inner, ONE);
    await sh`kill -9 ${processesIn(join(group, part))}`;
    await lab.up();
    expect((await ssh("sudo -n id -un")).stdout).toBe("root\n");
  });

  test("do not boot if another interface has their network, and the error names it", async () => {
    await sh`ip link add lab-stranger type bridge`;
    await sh`ip address add 192.168.57.99/24 dev lab-stranger`;
    try {
      await expect(lab.up()).rejects.toThrow(/lab-stranger already has an address in 192\.168\.57\.0\/24/);
    } finally {
      await sh`ip link delete lab-stranger`;
    }
  });

  test("are left alone if they belong to another checkout", async () => {
    const file = join(inner.run, "lab.json");
    const mine = readFileSync(file, "utf8");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(mine), owner: directory }));
    await expect(lab.up()).rejects.toThrow(`the lab of ${directory} is up`);
    await expect(lab.down()).rejects.toThrow(RefusedError);
    writeFileSync(file, mine);
  });

  test("leave nothing behind after `down`", async () => {
    const processes = processesIn(await cgroupOf(inner));
    expect(processes.length).toBeGreaterThan(10);
    await lab.down();
    expect(processes.filter(isAlive)).toEqual([]);
    expect((await sh`ip -oneline link`).stdout).not.toMatch(/quintet-test|vb-t-/);
    expect((await sh`nft list tables`).stdout).not.toContain(ID);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(ID);
    expect(existsSync(await cgroupOf(inner))).toBe(false);
    expect([inner.run, inner.machines].filter((path) => existsSync(path))).toEqual([]);
  });

  const ssh = (command: string) =>
    sh`ssh -i ${labKey} -o BatchMode=yes -o ConnectTimeout=3 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR vagrant@${ADDRESS} ${command}`;

  const talks = async () =>
    (await lab.execIn(TWO, ["timeout", "2", "bash", "-c", `head -c 4 </dev/tcp/${ADDRESS}/22`])).stdout ===
    "SSH-";
});

async function hostKey(address: string): Promise<string> {
  const { stdout } = await sh`ssh-keyscan -t ed25519 ${address}`;
  return stdout.trim().split(" ").slice(1).join(" ");
}

// A zombie does not count. It only waits for process 1 to reap it, and holds no resources.
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
