import type { RunEvent } from "../../engine/run/events.ts";
import { inside, start } from "../lab/machines.ts";

/** Ways to kill a run in the middle: at which event, and what is killed. */
const WAYS = [
  { at: "start", what: "controller" },
  { at: "done", what: "controller" },
  { at: "start", what: "connection" },
  { at: "start", what: "program" },
] as const;

/**
 * Starts a run on one host and kills it at its first event of a kind. The kind depends on `turn`. Returns true if the
 * run had no such event and came to its end. Throws if the run failed by itself.
 */
export async function killedRun(host: string, turn: number): Promise<boolean> {
  const way = WAYS[turn % WAYS.length] ?? WAYS[0];
  const { child, done } = start("scripts/provision.ts", ["--json", "--limit", host, "--lock-wait", "300"]);
  child.stdin.end();
  let killed = false;
  const kill = () => {
    if (killed) return;
    killed = true;
    if (way.what === "controller") child.kill("SIGKILL");
    else void inside(host, KILL[way.what]).catch(() => undefined);
  };
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (lines.some((line) => isAt(way.at, JSON.parse(line)))) kill();
  });
  const { exitCode, stdout, stderr } = await done;
  if (!killed && exitCode !== 0)
    throw new Error(
      `${host}: a run that was not killed ended with ${exitCode}: ${stderr}${stdout.slice(-2000)}`,
    );
  return !killed;
}

// --- internal ---

// `connection` kills sshd's process of the session, as if the network dropped the connection. `program` kills the
// running program itself.
const KILL = {
  connection: "kill -9 $(pgrep -x sshd-session)",
  program: "for work in /run/quintet/work.*; do kill -9 $(basename $work | cut -d. -f2); done",
};

function isAt(at: "start" | "done", event: RunEvent): boolean {
  if (at === "start") return event.type === "start" || event.type === "handler";
  return event.type === "changed" || event.type === "handler";
}
