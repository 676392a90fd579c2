import type { Ran } from "./contenders.ts";

/** Raw figures in milliseconds, by who they are of. */
export type Figures = Record<string, number[]>;

/** What was found, by case and then by who it is of. */
export type Cases<Found = number> = Record<string, Record<string, Found[]>>;

/** One who is measured, and how often. */
export interface Turn {
  readonly name: string;
  readonly repeats: number;
  readonly run: () => Promise<Ran>;
  /** How many changes are right; another number is an error. @default whatever comes */
  readonly changes?: "none" | "some";
}

/** Measures in turns, A B C A B C, so that what else the computer does befalls all of them. */
export async function alternate(turns: readonly Turn[], most: number): Promise<Figures> {
  const figures: Figures = Object.fromEntries(turns.map(({ name }) => [name, []]));
  const rounds = Math.max(...turns.map(({ repeats }) => repeats));
  for (let round = 0; round < Math.min(rounds, most); round++) {
    for (const turn of turns.filter(({ repeats }) => round < repeats)) {
      const { ms, changed } = await turn.run();
      expectChanges(turn, changed);
      figures[turn.name]?.push(ms);
    }
  }
  return figures;
}

// --- internal ---

/** A figure of something else than what was to be measured is worth nothing. */
function expectChanges({ name, changes }: Turn, changed: number): void {
  if (changes === undefined || (changes === "some") === changed > 0) return;
  throw new Error(`${name}: found ${changed} changes; expected ${changes}`);
}
