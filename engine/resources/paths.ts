import { CompileError } from "../util/errors.ts";

/** Throws CompileError for a relative path: it depends on where a program runs, or looks like an option. */
export function requireAbsolute(type: string, name: string): void {
  if (!name.startsWith("/")) throw new CompileError(`${type}[${name}]: expected an absolute path`);
}

/**
 * What the observation of a path must show for a file ("f") or a directory ("d") with this owner. If the user is gone,
 * the owner is shown as a number. A new user often gets the same number again, and then the path needs no change.
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

/** Matches a number only: account names do not begin with a digit. */
const NUMBER = "[0-9]*";
