import { hostname, userInfo } from "node:os";
import type { Host } from "../model/inventory/index.ts";
import type { Connections } from "../ssh/connections.ts";
import { type Runner, Session } from "./session.ts";

/** The sessions of a run, one a host that it is about. Hosts of which only facts are read have none. */
export class Sessions {
  readonly #connections: Connections;
  readonly #hosts: ReadonlySet<Host>;
  readonly #begun = new Map<Host, Promise<Session>>();
  /** Who runs, for those who find a host locked and for its journal. */
  readonly who: string;

  constructor(connections: Connections, hosts: readonly Host[], began: Date) {
    this.#connections = connections;
    this.#hosts = new Set(hosts);
    this.who = `${userInfo().username}@${hostname()}, process ${process.pid}, since ${began.toISOString()}`;
  }

  /** The session of a host. The first caller connects. Rejects with UnreachableError. */
  to(host: Host): Promise<Session> {
    const begun = this.#begun.get(host) ?? this.#begin(host);
    this.#begun.set(host, begun);
    return begun;
  }

  /** Something that can run programs on a host: its session, or only a connection for one that the run is not about. */
  runner(host: Host): Promise<Runner> {
    return this.#hosts.has(host) ? this.to(host) : this.#connections.to(host);
  }

  /** Ends all of them, and frees their locks. */
  async end(): Promise<void> {
    await Promise.allSettled(
      [...this.#begun.values()].map((begun) => begun.then((session) => session.end())),
    );
  }

  async #begin(host: Host): Promise<Session> {
    return new Session(await this.#connections.to(host), host, this.who);
  }
}
