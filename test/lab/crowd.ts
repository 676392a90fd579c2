import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { readInventory } from "../../engine/model/inventory/index.ts";
import { PKI } from "../../engine/pki/certificates.ts";
import { INVENTORY } from "./machines.ts";

const { domain, publicAddress } = readInventory(INVENTORY);

/** Sends so many requests to the public address over eight kept connections. Returns how many had each status. */
export async function crowd(requests: number, paths: readonly string[]): Promise<Record<number, number>> {
  const ca = readFileSync(join(PKI, "ca.pem"), "utf8");
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ca, servername: `www.${domain}` });
  const counted: Record<number, number> = {};
  let sent = 0;
  const visitor = async () => {
    while (sent < requests) {
      const status = await get(agent, paths[sent++ % paths.length] ?? "/");
      counted[status] = (counted[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, visitor));
  agent.destroy();
  return counted;
}

/** Connects so often to the public address and says what is no TLS, as a scanner does. HAProxy has a line for each. */
export async function scanners(connections: number): Promise<void> {
  let opened = 0;
  const scanner = async () => {
    while (opened++ < connections) await garbage();
  };
  await Promise.all(Array.from({ length: 8 }, scanner));
}

// --- internal ---

function get(agent: Agent, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ agent, host: publicAddress, path, headers: { host: `www.${domain}` } }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
    })
      .on("error", reject)
      .end();
  });
}

function garbage(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(443, publicAddress, () => socket.write("no hello at all\r\n\r\n"));
    socket.on("error", () => {}).on("close", () => resolve());
    socket.resume();
  });
}
