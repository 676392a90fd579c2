import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCertificates } from "../../engine/pki/certificates.ts";
import { eventually } from "../../engine/util/eventually.ts";

/** Whether Pebble is installed (`apt-get install pebble`). It is the ACME server that Let's Encrypt made for tests. */
export const hasPebble = process.platform === "linux" && spawnSync("pebble", ["-h"]).error === undefined;

export interface PebbleOptions {
  /** The port where Pebble asks for challenges, on the addresses of the names that it validates. */
  readonly httpPort: number;
  /** The DNS server that Pebble uses, for example `192.168.56.10:53`. */
  readonly dns: string;
}

/** An ACME server on loopback. It keeps its state only until it ends. */
export interface Pebble {
  readonly directory: string;
  /** PEM certificates: of the CA behind Pebble's own HTTPS, and of the root of what it issues. */
  readonly authorities: string;
  readonly root: string;
  /** Pebble's log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts Pebble. It ends with this process at the latest. */
export async function startPebble({ httpPort, dns }: PebbleOptions): Promise<Pebble> {
  const dir = mkdtempSync(join(tmpdir(), "quintet-pebble-"));
  const [port, managed] = [await freePort(), await freePort()];
  const constraints = { domain: "pebble.test", addresses: ["127.0.0.1"] };
  const self = { name: "pebble", dns: [], addresses: ["127.0.0.1"] };
  const authority = (await readCertificates(dir, [self], { constraints })).get("pebble")?.authority ?? "";
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managed}`,
    certificate: join(dir, "pebble.pem"),
    privateKey: join(dir, "pebble.key"),
    httpPort,
    tlsPort: 1,
    certificateValidityPeriod: 90 * 86_400,
  };
  writeFileSync(join(dir, "config.json"), JSON.stringify({ pebble: config }));
  const command = ["pebble", "-config", join(dir, "config.json"), "-dnsserver", dns];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    env: { ...process.env, PEBBLE_VA_NOSLEEP: "1" },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      log += chunk;
    });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const root = await eventually(20, () => get(`https://127.0.0.1:${managed}/roots/0`, authority));
    const directory = `https://127.0.0.1:${port}/dir`;
    await eventually(20, () => get(directory, authority));
    return { directory, authorities: `${authority}\n${root}`, root, log: () => log, stop };
  } catch (error) {
    await stop();
    throw new Error(`pebble does not start: ${(error as Error).message}\n${log}`);
  }
}

/** A DNS server on loopback that answers every name with the same address. */
export async function startDns(address: string): Promise<{ readonly at: string; stop(): void }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, { port, address: from }) =>
    socket.send(answerTo(question, address), port, from),
  );
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { at: `127.0.0.1:${socket.address().port}`, stop: () => socket.close() };
}

/** A port on loopback that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// --- internal ---

/** The DNS response: the question, and if it asks for an IPv4 address, a record with the address. */
function answerTo(question: Buffer, address: string): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const asksForA = question.readUInt16BE(end - 4) === 1;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  for (const [at, count] of [1, asksForA ? 1 : 0, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * at);
  // A pointer to the question's name, type A, class IN, a TTL of one second, four bytes of address.
  const record = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split(".").map(Number)];
  return Buffer.concat([header, question.subarray(12, end), Buffer.from(asksForA ? record : [])]);
}

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { ca, agent: false }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("error", reject);
      answer.on("end", () => resolve(body));
    });
    asking.on("error", reject);
    asking.end();
  });
}
