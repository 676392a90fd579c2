import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { PKI } from "../../engine/pki/certificates.ts";
import { httpRequest } from "../../engine/util/http.ts";

/**
 * A steady load on the site. Most visitors connect to port 80 and leave, which fills the kernel's tables and costs an
 * emulated processor little; some are redirected, and some ask for a page on connections that they keep. Prints how many
 * there were. The exit code is 3 if one had no answer, or another one than it should. `rate` is in visitors a second.
 */
async function load(seconds: number, rate: number): Promise<number> {
  const { domain, publicAddress } = readInventory("inventory/five.yaml");
  const authority = readFileSync(join(PKI, "ca.pem"), "utf8");
  const agent = new Agent({ keepAlive: true, maxSockets: KEPT, ca: authority });
  const plain = { host: domain, path: "/", plain: true, seconds: PATIENCE };
  const until = Date.now() + seconds * 1000;
  const groups = [
    group("connections to port 80", rate, until, () => knock(publicAddress)),
    group("redirects from port 80, each on a connection of its own", rate / 20, until, async () =>
      expectStatus(301, (await httpRequest(publicAddress, plain)).status),
    ),
    group("pages on kept connections", 1, until, async () =>
      expectStatus(200, await ask(agent, publicAddress, `www.${domain}`)),
    ),
  ];
  const failed = await Promise.all(groups);
  agent.destroy();
  return failed.some((failures) => failures > 0) ? 3 : 0;
}

// --- internal ---

/**
 * Seconds. An emulated machine may take long, and a lost SYN is sent again after 1, 3, 7 and 15 s: slowness is no failure.
 * What is refused, reset or answered otherwise is one.
 */
const PATIENCE = 30;

/** Kept connections, for a request a second in turns. */
const KEPT = 4;

/** Most that are under way: what the machines cannot take is not sent. */
const MOST = 400;

/** Begins `visit` at a steady rate, and prints how it went when all have ended. Answers how many failed. */
async function group(what: string, rate: number, until: number, visit: () => Promise<void>) {
  const going = new Set<Promise<void>>();
  const failures: string[] = [];
  const counts = { begun: 0, slow: 0 };
  for (let due = Date.now(); due < until; due += 1000 / rate) {
    if (due > Date.now()) await sleep(due - Date.now());
    if (going.size >= MOST) continue;
    const one = timed(visit, failures, counts).finally(() => going.delete(one));
    going.add(one);
  }
  await Promise.all(going);
  const { begun, slow } = counts;
  console.log(`${begun} ${what}: ${slow} took more than a second, ${failures.length} failed`);
  for (const line of alike(failures)) console.log(`  ${line}`);
  return failures.length;
}

async function timed(
  visit: () => Promise<void>,
  failures: string[],
  counts: { begun: number; slow: number },
) {
  counts.begun++;
  const began = Date.now();
  await visit().catch((error: Error) => failures.push(error.message));
  if (Date.now() - began > 1000) counts.slow++;
}

const alike = (failures: readonly string[]) =>
  [...new Set(failures)].map(
    (failure) => `${failures.filter((other) => other === failure).length} times ${failure}`,
  );

function expectStatus(expected: number, found: number) {
  if (found !== expected) throw new Error(`found the status ${found}, expected ${expected}`);
}

/** Connects, and leaves again. */
function knock(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(80, address, () => socket.end());
    socket.setTimeout(PATIENCE * 1000, () => socket.destroy(new Error(`no answer within ${PATIENCE} s`)));
    socket.resume().on("error", reject).on("close", resolve);
  });
}

/** Asks for a page. As a browser does, once more if the balancer has just closed the kept connection. */
function ask(agent: Agent, address: string, host: string): Promise<number> {
  const question = { agent, host: address, servername: host, headers: { host }, timeout: PATIENCE * 1000 };
  return new Promise((resolve, reject) => {
    const asking = request(question, (answer) => {
      answer.resume().on("error", reject);
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    asking.on("timeout", () => asking.destroy(new Error(`no answer within ${PATIENCE} s`)));
    asking.on("error", (error: NodeJS.ErrnoException) =>
      asking.reusedSocket && error.code === "ECONNRESET" ? resolve(ask(agent, address, host)) : reject(error),
    );
    asking.end();
  });
}

const flags = {
  seconds: { type: "string", default: "180" },
  rate: { type: "string", default: "80" },
} as const;
const { values } = parseArgs({ options: flags });
process.exitCode = await load(Number(values.seconds), Number(values.rate));
