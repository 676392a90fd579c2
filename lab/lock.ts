import { mkdirSync } from "node:fs";
import { ownStore } from "./context.ts";
import { run } from "./run.ts";

/**
 * Does work that no other process of this checkout may do at the same time, and waits for its turn. A child holds the
 * lock until this process closes its input, so the lock of a killed process frees itself.
 */
export async function inTurn<T>(say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(ownStore, { recursive: true });
  const holder = run({
    nothrow: true,
    stdio: ["pipe", "pipe", "inherit"],
  })`flock ${ownStore} sh -c 'echo mine; cat'`;
  const mine = new Promise<void>((resolve) => holder.stdout.once("data", () => resolve()));
  const waiting = setTimeout(() => say("waiting for another process that changes the lab"), 1000);
  try {
    await Promise.race([mine, holder]);
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
    await holder;
  }
}
