import { type Host, hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Probe } from "../model/smoke-test.ts";
import { Connections } from "../ssh/connections.ts";
import { connectTcp } from "../ssh/transport.ts";
import type { Secret } from "../template/secret.ts";
import type { Shell } from "../template/shell.ts";
import { FailedError } from "../util/errors.ts";
import { eventually } from "../util/eventually.ts";
import { type HttpAnswer, type HttpQuestion, httpRequest } from "../util/http.ts";

/** The real machines and the real site, as smoke tests ask them. */
export class SiteProbe implements Probe {
  readonly inventory: Inventory;
  readonly eventually = eventually;
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #authority: string;
  readonly #connections = new Connections(undefined, () => undefined);

  /** `authority` is what its servers' certificates are verified with: CAs in PEM. */
  constructor(inventory: Inventory, secrets: ReadonlyMap<string, Secret>, authority: string) {
    this.inventory = inventory;
    this.#secrets = secrets;
    this.#authority = authority;
  }

  http(address: string, question: HttpQuestion): Promise<HttpAnswer> {
    return httpRequest(address, question, this.#authority);
  }

  hosts(group: string): readonly Host[] {
    return hostsIn(this.inventory, group);
  }

  async connects(address: string, port: number): Promise<boolean> {
    return connectTcp(address, port, 2000).then(
      (socket) => socket.destroy().destroyed,
      () => false,
    );
  }

  async run(host: Host, script: Shell, expect = 0): Promise<string> {
    const connection = await this.#connections.to(host);
    const printed: string[] = [];
    const print = (line: string) => printed.push(Buffer.from(line, "latin1").toString());
    const { code, stderr } = await connection.run(script, print, { idleTimeout: PATIENCE });
    if (code === expect) return printed.join("\n");
    const said = [...printed, stderr].join(" ").trim();
    throw new FailedError(`${host.name}: exit code ${code} instead of ${expect}: ${said}`);
  }

  secret(name: string): Secret {
    const secret = this.#secrets.get(name);
    if (!secret) throw new FailedError(`no role of this site declares the secret ${name}`);
    return secret;
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }
}

// --- internal ---

/** How long a host may take for a question, in milliseconds. */
const PATIENCE = 60_000;
