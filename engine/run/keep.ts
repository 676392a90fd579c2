import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../model/inventory/index.ts";
import { isKept, KEPT, type Keeping } from "../model/keeping.ts";
import type { Assignment } from "../model/selection.ts";
import { contextOf, type PlanInputs } from "../plan/context.ts";
import type { Shell } from "../template/shell.ts";
import type { RunEvent } from "./events.ts";
import type { Member } from "./member.ts";
import { workPatienceOf } from "./patience.ts";
import type { Runner } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** Fetches from hosts what roles want the control machine to keep. What cannot be kept is a warning: the hosts are what they are to be. */
export async function keepAll(
  members: readonly Member[],
  assignments: readonly Assignment[],
  inputs: PlanInputs,
  sessions: Pick<Sessions, "runner">,
  report: (event: RunEvent) => void,
): Promise<void> {
  const done = new Set(members.filter(({ outcome }) => outcome === "done").map(({ host }) => host));
  for (const { host, roles } of assignments.filter((one) => done.has(one.host))) {
    for (const keeping of roles.flatMap((role) => role.keeps?.(contextOf(role, host, inputs)) ?? [])) {
      const runner = await sessions.runner(host);
      await keep(keeping, host, runner, report).catch((error: Error) => {
        report({
          type: "warning",
          text: `${keeping.what} of ${host.name} could not be kept: ${error.message}`,
        });
      });
    }
  }
}

// --- internal ---

async function keep(
  { what, within, name, content }: Keeping,
  host: Host,
  runner: Runner,
  report: (event: RunEvent) => void,
): Promise<void> {
  const [folder = ""] = await linesOf(runner, host, name);
  if (isKept(join(within, folder))) return;
  // All hosts are over, and megabytes may follow.
  report({ type: "notice", text: `keeping ${what} of ${host.name}` });
  const files = filesIn(await linesOf(runner, host, content));
  if (files.length === 0) throw new Error("it has none");
  const made = join(KEPT, within, folder);
  const begun = `${made}.new`;
  rmSync(begun, { recursive: true, force: true });
  mkdirSync(begun, { recursive: true });
  for (const { name, parts } of files) writeFileSync(join(begun, name), Buffer.concat(parts));
  renameSync(begun, made);
  report({ type: "notice", text: `kept ${what}: ${made}` });
}

async function linesOf(runner: Runner, host: Host, program: Shell): Promise<string[]> {
  const lines: string[] = [];
  const hear = (line: string) => void (line !== "" && lines.push(line));
  const { code, stderr } = await runner.run(program, hear, { idleTimeout: workPatienceOf(host) });
  if (code !== 0) throw new Error(stderr.trim() || `exit code ${code}`);
  return lines;
}

function filesIn(lines: readonly string[]) {
  const files: { readonly name: string; readonly parts: Buffer[] }[] = [];
  for (const line of lines) {
    const name = /^file ([\w.+~%:-]+)$/.exec(line)?.[1];
    if (name !== undefined) files.push({ name, parts: [] });
    else files.at(-1)?.parts.push(Buffer.from(line, "base64"));
  }
  return files;
}
