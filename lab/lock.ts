import { mkdirSync } from "node:fs";
import { ownStore } from "./context.ts";
import { run } from "./run.ts";

/**
 * Does the work while holding a lock, so that no other process of this checkout does such work at the same time. A
 * child process holds the lock until its stdin closes. So if this process is killed, the lock is released.
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
