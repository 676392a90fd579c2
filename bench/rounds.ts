import type { Ran } from "./contenders.ts";

/** Raw times in milliseconds, by contender. */
export type Figures = Record<string, number[]>;

/** Results by case, then by contender. */
export type Cases<Found = number> = Record<string, Record<string, Found[]>>;

/** What is measured in turn, and how often. */
export interface Turn {
  readonly name: string;
  readonly repeats: number;
  readonly run: () => Promise<Ran>;
  /** Whether a run must make changes. If it does otherwise, that is an error. @default any number is right */
  readonly changes?: "none" | "some";
}

/** Measures in turns, A B C A B C. So if the computer is busy with something else, that affects all of them. */
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

/** Throws if the run did something else than what was to be measured, because its time is worthless then. */
function expectChanges({ name, changes }: Turn, changed: number): void {
  if (changes === undefined || (changes === "some") === changed > 0) return;
  throw new Error(`${name}: found ${changed} changes; expected ${changes}`);
}
