import { CompileError, type Host } from "../../engine/index.ts";

/** The databases. Throws CompileError for more than two: each replica confirms, and only one of them may be promoted. */
export function pairOf(databases: readonly Host[], file: string): readonly Host[] {
  if (databases.length <= 2) return databases;
  throw new CompileError(
    `${file} › groups/database/hosts: found ${databases.length} hosts; expected 2 at most: the managers do not know yet which of two replicas has confirmed a write.`,
  );
}
