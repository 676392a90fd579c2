import type { Host } from "../engine/model/inventory/index.ts";
import type { Connections } from "../engine/ssh/connections.ts";
import { sh } from "../engine/template/shell.ts";
import { unlessAborted } from "../engine/util/abort.ts";
import { FailedError } from "../engine/util/errors.ts";
import type { Subject } from "./check.ts";

/** Makes the subject's `ask`, which runs shell on hosts over these connections. */
export function asking(connections: Connections): Subject["ask"] {
  return async (host, script, signal, { seconds = 60, file } = {}) => {
    const connection = await unlessAborted(connections.to(host), signal, interrupted);
    // The host needs its own time limit, because a program keeps running after its connection is gone.
    const bounded = sh`timeout --kill-after=5 ${seconds} sh -c ${script.reveal()}`;
    const printed: string[] = [];
    const running = connection.run(bounded, (line, feed) => {
      if (file && line === "file") feed(file);
      else printed.push(Buffer.from(line, "latin1").toString());
    });
    const { code, stderr } = await unlessAborted(running, signal, interrupted);
    if (code === 0) return printed.join("\n");
    const said = [...printed.slice(-3), stderr].join(" ").trim();
    throw new FailedError(
      code === 124 ? `${host.name}: timed out after ${seconds} s` : `${host.name}: exit ${code}: ${said}`,
    );
  };
}

/**
 * Opens all connections at once, before the audit causes failed logins that SSH servers count. If a host cannot be
 * reached, the first `ask` that needs it reports that.
 */
export async function knock(connections: Connections, hosts: readonly Host[]): Promise<void> {
  await Promise.allSettled(hosts.map((host) => connections.to(host)));
}

// --- internal ---

const interrupted = () => new Error("interrupted");
