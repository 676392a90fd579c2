import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Inventory } from "../engine/model/inventory/index.ts";
import { PKI } from "../engine/pki/certificates.ts";

/** One request and what came of it. */
export interface Asked {
  readonly kind: "write" | "read";
  /** Milliseconds of this computer's clock that only goes forward. */
  readonly sent: number;
  readonly answered: number;
  /**
   * `ok`: acknowledged. `failed`: the site says that nothing was saved; or a page did not come. `unknown`: nobody says whether it
   * was saved.
   */
  readonly outcome: "ok" | "failed" | "unknown";
  /** The message of the entry that was written: unlike any other. */
  readonly message: string;
  /** The entry's number, if it was acknowledged. */
  readonly id: number | undefined;
  /** The database that has acknowledged it, by MySQL's own name for it. */
  readonly by: string | undefined;
  /** What was not as it should be: a status, or an error of the network. */
  readonly why: string;
}

/** Clients that write and read through the public address until stopped. Half of them keep their connections. */
export function startClients(inventory: Inventory, { writers = 6, readers = 2 } = {}) {
  const history: Asked[] = [];
  const ends = new AbortController();
  const ca = readFileSync(join(PKI, "ca.pem"), "utf8");
  const visit = async (kind: Asked["kind"], keepAlive: boolean) => {
    const agent = new Agent({ keepAlive, maxSockets: 1, ca, servername: `www.${inventory.domain}` });
    while (!ends.signal.aborted) {
      history.push(await ask(inventory, agent, kind));
      await sleep(PAUSE_MS);
    }
    agent.destroy();
  };
  const several = (kind: Asked["kind"], number: number) =>
    Array.from({ length: number }, (_, index) => visit(kind, index % 2 === 0));
  const all = [...several("write", writers), ...several("read", readers)];
  return {
    history: history as readonly Asked[],
    async stop(): Promise<void> {
      ends.abort();
      await Promise.all(all);
    },
  };
}

// --- internal ---

const PAUSE_MS = 30;
/** Longer than the site takes to say that it does not know. */
const PATIENCE_MS = 15_000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly gtid: string | undefined;
}

async function ask({ publicAddress, domain }: Inventory, agent: Agent, kind: Asked["kind"]): Promise<Asked> {
  const message = randomUUID();
  const body = kind === "write" ? JSON.stringify({ name: "drill", message }) : undefined;
  const sent = performance.now();
  const found = await new Promise<Answer | Error>((resolve) => {
    const asking = request(
      {
        ...{ agent, host: publicAddress, path: kind === "write" ? "/api/entries" : "/" },
        ...{ method: kind === "write" ? "POST" : "GET", timeout: PATIENCE_MS },
        headers: {
          host: `www.${domain}`,
          ...(body && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part) => {
          text += part;
        });
        const gtid = answer.headers["x-write-gtid"];
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, body: text, gtid: gtid && `${gtid}` }),
        );
        answer.on("error", resolve);
      },
    );
    asking.on("timeout", () => asking.destroy(new Error("no answer")));
    asking.on("error", resolve);
    asking.end(body);
  });
  return { kind, message, sent, answered: performance.now(), ...outcomeOf(kind, found) };
}

function outcomeOf(kind: Asked["kind"], found: Answer | Error) {
  const nothing = { id: undefined, by: undefined };
  const bad = kind === "read" ? ("failed" as const) : ("unknown" as const);
  if (found instanceof Error) {
    // Nothing was sent: nobody listens there.
    const isRefused = /ECONNREFUSED|EHOSTUNREACH/.test(found.message);
    return { ...nothing, outcome: isRefused ? ("failed" as const) : bad, why: found.message };
  }
  const { status, body, gtid } = found;
  if (status === (kind === "read" ? 200 : 201)) {
    const written =
      kind === "write" ? { id: JSON.parse(body).id as number, by: gtid?.split(":")[0] } : nothing;
    return { ...written, outcome: "ok" as const, why: "" };
  }
  const isSaid = status === 429 || body.includes("was not saved");
  return { ...nothing, outcome: isSaid ? ("failed" as const) : bad, why: `${status}` };
}
