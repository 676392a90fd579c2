import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { alarm } from "./alarm.ts";
import { Connection } from "./connection.ts";
import { FailedError } from "./errors.ts";
import { Facts } from "./fact.ts";
import { type Host, hostsIn, type Inventory } from "./inventory.ts";
import { contextOf, withRoles } from "./plan.ts";
import type { Site } from "./play.ts";
import type { Secret } from "./secret.ts";
import { redact } from "./secret.ts";
import { readSecrets } from "./secrets.ts";
import type { Shell } from "./shell.ts";
import { reachOf } from "./ssh-settings.ts";
import type { HttpAnswer, HttpQuestion, Probe, Verification } from "./verification.ts";

export interface SmokeResult {
  readonly role: string;
  readonly name: string;
  readonly passed: boolean;
  /** What was seen, or what was seen instead. */
  readonly detail: string;
  readonly ms: number;
}

export interface SmokeOptions {
  readonly inventory: Inventory;
  readonly site: Site;
  readonly roles?: readonly string[];
  /** Leave out what takes a part of the site away for a moment. */
  readonly gentle?: boolean;
  /** @default ".env" */
  readonly secretsFile?: string;
}

/** Asks the finished site what its roles promise, one thing after the other; what disturbs comes last. */
export async function smoke(
  options: SmokeOptions,
  report: (result: SmokeResult) => void,
): Promise<readonly SmokeResult[]> {
  const { inventory, site, secretsFile = ".env" } = options;
  const plays = withRoles(site, options.roles ?? []);
  const roles = plays.flatMap((play) =>
    play.roles.map((role) => ({ role, host: hostsIn(inventory, play.group)[0] })),
  );
  const secrets = readSecrets(
    secretsFile,
    Object.assign({}, ...roles.map(({ role }) => role.secrets ?? {})),
    {
      keep: false,
    },
  );
  const world = { inventory, facts: new Facts(), secrets, blobs: new Map() };
  const all = roles.flatMap(({ role, host }) =>
    host
      ? (role.verifies?.(contextOf(role, host, world)) ?? []).map((verification) => ({
          role: role.name,
          verification,
        }))
      : [],
  );
  const calm = all.filter(({ verification }) => !verification.disturbs);
  const disturbing = options.gentle ? [] : all.filter(({ verification }) => verification.disturbs);
  const machines = new Machines(inventory, secrets);
  const results: SmokeResult[] = [];
  try {
    for (const { role, verification } of [...calm, ...disturbing]) {
      const result = await attempt(role, verification, machines);
      results.push({ ...result, detail: redact(result.detail, secrets.values()) });
      report(results.at(-1) as SmokeResult);
    }
  } finally {
    await machines.close();
  }
  return results;
}

// --- internal ---

/** How long a host may take for a question, in milliseconds. */
const PATIENCE = 60_000;

async function attempt(role: string, { name, run }: Verification, probe: Probe): Promise<SmokeResult> {
  const began = Date.now();
  try {
    return { role, name, passed: true, detail: await run(probe), ms: Date.now() - began };
  } catch (error) {
    return { role, name, passed: false, detail: (error as Error).message, ms: Date.now() - began };
  }
}

class Machines implements Probe {
  readonly inventory: Inventory;
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #connections = new Map<string, Promise<Connection>>();

  constructor(inventory: Inventory, secrets: ReadonlyMap<string, Secret>) {
    this.inventory = inventory;
    this.#secrets = secrets;
  }

  hosts(group: string): readonly Host[] {
    return hostsIn(this.inventory, group);
  }

  http(address: string, question: HttpQuestion): Promise<HttpAnswer> {
    return ask(address, question);
  }

  async run(host: Host, script: Shell, expect = 0): Promise<string> {
    let opening = this.#connections.get(host.name);
    if (!opening) {
      opening = reachOf(host).then((reach) => Connection.open(reach));
      this.#connections.set(host.name, opening);
    }
    const printed: string[] = [];
    const heard = alarm(PATIENCE);
    const running = (await opening).run(script, (line) =>
      printed.push(Buffer.from(line, "latin1").toString()),
    );
    const { code, stderr } = await Promise.race([running, heard.rings]).finally(() => heard.stop());
    if (code !== expect)
      throw new FailedError(
        `${host.name}: exit code ${code} instead of ${expect}: ${[...printed, stderr].join(" ").trim()}`,
      );
    return printed.join("\n");
  }

  secret(name: string): Secret {
    const secret = this.#secrets.get(name);
    if (!secret) throw new FailedError(`no role of this site declares the secret ${name}`);
    return secret;
  }

  async eventually<Value>(seconds: number, attempt: () => Promise<Value>): Promise<Value> {
    const until = Date.now() + seconds * 1000;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() >= until) throw error;
        await sleep(250);
      }
    }
  }

  async close(): Promise<void> {
    for (const opening of await Promise.allSettled(this.#connections.values())) {
      if (opening.status === "fulfilled") opening.value.close();
    }
  }
}

/** node:http, since fetch lets nobody set Host; a connection of its own each time, as a visitor's. */
function ask(
  address: string,
  { path, host, port = 80, method = "GET", headers = {}, body }: HttpQuestion,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: address, port, path, method, headers: { host, ...headers }, agent: false, timeout: 5000 },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
            (values ?? []).map((value): [string, string] => [name, value]),
          );
          resolve({
            status: answer.statusCode ?? 0,
            headers: new Headers(pairs),
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    asking.on("timeout", () =>
      asking.destroy(new Error(`${address}:${port} did not answer ${method} ${path} within 5 s`)),
    );
    asking.on("error", reject);
    asking.end(body);
  });
}
