import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "../../engine/ssh/connection.ts";
import { Dialer } from "../../engine/ssh/dialer.ts";
import { KnownHosts } from "../../engine/ssh/known-hosts.ts";
import { sh } from "../../engine/template/shell.ts";
import { scratch } from "../helpers/scratch.ts";

vi.stubEnv("SSH_AUTH_SOCK", "");

const SSHD = spawnSync("sh", ["-c", "PATH=$PATH:/usr/sbin command -v sshd"], {
  encoding: "utf8",
}).stdout.trim();

/** sshd drops its privileges to a user of this name. */
const hasUser = spawnSync("getent", ["passwd", "sshd"]).status === 0;

describe.skipIf(SSHD === "" || !hasUser || process.getuid?.() !== 0)("OpenSSH's server", () => {
  test.each(["ed25519", "ecdsa", "rsa"])(
    "with a host key of type %s is recorded, recognised and runs a program",
    async (type) => {
      const dir = scratch();
      const port = await startSshd(dir, type);
      const target = { address: "127.0.0.1", port, user: userInfo().username, keys: [join(dir, "mine")] };
      const knownHosts = new KnownHosts(join(dir, "known_hosts"));
      for (const _time of ["first", "second"]) {
        const connection = await Connection.open(target, new Dialer(knownHosts));
        onTestFinished(() => connection.close());
        const lines: string[] = [];
        const { code } = await connection.run(sh`echo ${"it's here"}; exit 3`, (line) => lines.push(line));
        expect([code, lines]).toEqual([3, ["it's here"]]);
      }
      const known = readFileSync(knownHosts.file, "utf8").trim().split(" ");
      expect(known.slice(1)).toEqual(readFileSync(join(dir, "host.pub"), "utf8").split(" ").slice(0, 2));
      expect(spawnSync("ssh-keygen", ["-F", `[127.0.0.1]:${port}`, "-f", knownHosts.file]).status).toBe(0);
    },
  );

  test("admits all simultaneous connections, although it turns some away at first", async () => {
    const dir = scratch();
    const port = await startSshd(dir, "ed25519", "MaxStartups 2:50:4");
    const target = { address: "127.0.0.1", port, user: userInfo().username, keys: [join(dir, "mine")] };
    const knownHosts = new KnownHosts(join(dir, "known_hosts"));
    const all = Array.from({ length: 20 }, () => Connection.open(target, new Dialer(knownHosts, 60_000)));
    for (const connection of await Promise.all(all)) connection.close();
  });

  test("that admits nobody is given up, and the error says why", async () => {
    const server = createServer((socket) => socket.end("Exceeded MaxStartups\r\n")).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const dir = scratch();
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "mine")]);
    const target = { address: "127.0.0.1", port, user: userInfo().username, keys: [join(dir, "mine")] };
    const dialer = new Dialer(new KnownHosts(join(dir, "known_hosts")), 1_000);
    await expect(Connection.open(target, dialer)).rejects.toThrow(
      `[127.0.0.1]:${port} closes connections before it says who it is, for 1 s now`,
    );
  });
});

async function startSshd(dir: string, type: string, ...settings: string[]): Promise<number> {
  const port = await freePort();
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", join(dir, "host")]);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(dir, "mine")]);
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(dir, "host")}`,
    `AuthorizedKeysFile ${join(dir, "mine.pub")}`,
    `PidFile none`,
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "UsePAM no",
    ...settings,
  ];
  writeFileSync(join(dir, "config"), `${config.join("\n")}\n`);
  mkdirSync("/run/sshd", { recursive: true });
  const server = spawn(SSHD, ["-D", "-e", "-f", join(dir, "config")]);
  onTestFinished(() => {
    server.kill();
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (chunk) => {
      said += chunk;
      if (said.includes("listening on")) resolve();
    });
    server.once("exit", () => reject(new Error(`sshd ended: ${said}`)));
  });
  return port;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
