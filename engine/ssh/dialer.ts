import type { NodeSSH } from "node-ssh";
import { KnownHosts } from "./known-hosts.ts";
import { login } from "./login.ts";
import { PATIENCE, type Target } from "./target.ts";
import { openTransport } from "./transport.ts";

/** An open login. */
export interface Dialled {
  readonly ssh: NodeSSH;
  /** Ends it. Also ends the login at its gateway, if no other host needs that. */
  end(): void;
}

/**
 * Opens SSH connections. All hosts behind a gateway share one login there: an SSH server turns connections away while
 * ten others have not logged in yet (MaxStartups of sshd_config(5)).
 */
export class Dialer {
  readonly #knownHosts: KnownHosts;
  readonly #patience: number;
  readonly #gateways = new Map<string, { users: number; dialled: Promise<Dialled> }>();

  /** A host that does not answer is given up after `patience` ms, unless its target says otherwise. */
  constructor(knownHosts = new KnownHosts(), patience = PATIENCE) {
    this.#knownHosts = knownHosts;
    this.#patience = patience;
  }

  /** Logs in to a host. Throws UnreachableError that says what to do. */
  async dial(target: Target): Promise<Dialled> {
    const gateway = target.jump && (await this.#enter(target.jump));
    const patience = target.patience ?? this.#patience;
    try {
      const connect = () => openTransport(target, patience, gateway?.ssh);
      const ssh = await login(target, this.#knownHosts, patience, connect);
      const end = () => {
        ssh.dispose();
        gateway?.end();
      };
      return { ssh, end };
    } catch (error) {
      gateway?.end();
      throw error;
    }
  }

  async #enter(target: Target): Promise<Dialled> {
    const key = JSON.stringify(target);
    const gateway = this.#gateways.get(key) ?? { users: 0, dialled: this.dial(target) };
    this.#gateways.set(key, gateway);
    gateway.users++;
    const leave = () => {
      if (--gateway.users > 0) return;
      this.#gateways.delete(key);
      gateway.dialled.then(
        ({ end }) => end(),
        () => undefined,
      );
    };
    try {
      const { ssh } = await gateway.dialled;
      return { ssh, end: leave };
    } catch (error) {
      leave();
      throw error;
    }
  }
}
