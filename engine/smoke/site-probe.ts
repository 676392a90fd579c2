import { type Host, hostsIn, type Inventory } from "../model/inventory/index.ts";
import type { Probe } from "../model/smoke-test.ts";
import { outputOf } from "../run/output.ts";
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

  async run(host: Host, script: Shell, expect?: number): Promise<string> {
    return outputOf(await this.#connections.to(host), host, script, expect);
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
