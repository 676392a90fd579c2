import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import type { Seen } from "../src/seen.ts";
import type { Step } from "../src/step.ts";
import type { Careless } from "./world.ts";

/** A mistake that somebody may make: in the rule, or in how a step is carried out. */
export type Mistake =
  | { readonly name: string; readonly instead: string; readonly write: string }
  | { readonly name: string; readonly careless: Careless };

export const MISTAKES: readonly Mistake[] = [
  {
    name: "the primary goes on alone, and the store does not know",
    instead: 'mysql.stuckFor >= TIMES.alone ? { do: "go on alone" }',
    write: 'mysql.stuckFor >= TIMES.alone ? { do: "wait no more" }',
  },
  {
    name: "the standby takes the lead, and stops its receiver afterwards",
    instead: 'receives === null ? { do: "take" } : { do: "revoke" }',
    write: '{ do: "take" }',
  },
  {
    name: "a replica is published before it has confirmed anything",
    instead: 'mysql.confirmed ? { do: "publish", standby: name } : { do: "probe" }',
    write: '{ do: "publish", standby: name }',
  },
  {
    name: "a replica is published although commits do not wait for it",
    instead: 'peers[name]?.near ? { do: "wait" }',
    write: 'peers[name]?.near ? { do: "publish", standby: name }',
  },
  { name: "a restart forgets what was received and not applied", careless: { forgetsRelay: true } },
  { name: "a primary that is not one any more is stopped gracefully", careless: { killsGracefully: true } },
  {
    name: "a primary that comes back does not wait for its standby",
    instead: '{ do: "open", waits: standby !== null }',
    write: '{ do: "open", waits: false }',
  },
  {
    name: "a former primary is attached whatever it has",
    instead: 'if (from.hasMine) return { do: "attach", to: source };',
    write: 'return { do: "attach", to: source };',
  },
  {
    name: "any replica may be promoted",
    instead: "store.sync.standby === me && store.leader === null",
    write: "store.leader === null",
  },
  {
    name: "a published standby is cloned",
    instead: 'if (from.hasMine) return { do: "attach", to: source };',
    write:
      'if (from.hasMine) return standby === me ? { do: "clone", from: source } : { do: "attach", to: source };',
  },
  { name: "the store is changed without an observation of what it was", careless: { swapsBlindly: true } },
];

/** Mistakes that only a third database shows. */
export const MISTAKES_OF_THREE: readonly Mistake[] = [
  {
    name: "commits wait while two replicas may confirm them",
    instead: "admits.length === 1 && admits[0] === name;",
    write: "admits.includes(name);",
  },
  {
    name: "a replica is attached elsewhere while it still receives",
    instead: 'if (receives !== null) return { do: "revoke" };',
    write: "",
  },
  {
    name: "who is let in no more receives, and confirms, as long as it is connected",
    careless: { keepsConnections: true },
  },
];

/** The rule with a mistake in it. Throws if the code that the mistake is about is not there exactly once. */
export async function withMistake(mistake: Mistake): Promise<(seen: Seen) => Step> {
  const source = readFileSync(new URL("../src/decide.ts", import.meta.url), "utf8");
  const wrong = "careless" in mistake ? source : replaceOnce(source, mistake.instead, mistake.write);
  const { code } = transformSync(wrong, { loader: "ts", format: "esm" });
  const { decide } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return decide;
}

// --- internal ---

function replaceOnce(source: string, instead: string, write: string): string {
  const parts = source.split(instead);
  if (parts.length !== 2)
    throw new Error(`found "${instead}" ${parts.length - 1} times in decide.ts, expected once`);
  return parts.join(write);
}
