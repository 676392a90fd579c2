import { createInterface } from "node:readline/promises";
import { UsageError } from "../../../engine/util/errors.ts";
import type { Asking } from "./databases.ts";
import { tableOf } from "./printing.ts";
import { list } from "./verbs.ts";

/** Throws UsageError if there is nobody to ask. */
export function requireTerminal(): void {
  if (process.stdin.isTTY) return;
  throw new UsageError(
    "delete: found no terminal to ask on; expected one, or --yes: what is deleted is gone for good",
  );
}

/** Shows the entries and asks whether they may go. Throws UsageError if not. */
export async function confirm(databases: Asking, ids: readonly number[]): Promise<void> {
  const { entries } = await list(databases, { ids, count: ids.length });
  if (entries.length === 0) return;
  console.error(tableOf(entries));
  // On stderr, so that stdout has the result alone.
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asked.question("Delete for good? [y/N] ");
  asked.close();
  if (!/^(y|yes)$/i.test(answer.trim())) throw new UsageError("delete: not confirmed; nothing was changed");
}
