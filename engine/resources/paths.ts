import { CompileError } from "../util/errors.ts";

/** Refuses a path that would depend on where a program runs, or be taken for an option. */
export function requireAbsolute(type: string, name: string): void {
  if (!name.startsWith("/")) throw new CompileError(`${type}[${name}]: expected an absolute path`);
}

/**
 * What an observation of a path is to show of a file ("f") or a directory ("d") that belongs to somebody. When the user is gone,
 * its owner is a number; a new user often gets the old number again, and then nothing has to be done about the path.
 */
export function owned(type: "f" | "d", owner: string, group: string, mode: string) {
  const shown = (user: string, itsGroup: string) => `${type}:${user}:${itsGroup}:${octal(mode)}:`;
  return {
    is: shown(owner, group),
    pending: [{ on: "accounts", shows: [shown(NUMBER, group), shown(owner, NUMBER), shown(NUMBER, NUMBER)] }],
  };
}

/** A mode as stat prints it: no leading zeros. */
export function octal(mode: string): string {
  return mode.replace(/^0+(?=\d)/, "");
}

// --- internal ---

/** Names of accounts begin with a letter. */
const NUMBER = "[0-9]*";
