import { CompileError } from "../errors.ts";

/** Refuses a path that would depend on where a program runs, or be taken for an option. */
export function requireAbsolute(type: string, name: string): void {
  if (!name.startsWith("/")) throw new CompileError(`${type}[${name}]: expected an absolute path`);
}

/** A mode as stat prints it: no leading zeros. */
export function octal(mode: string): string {
  return mode.replace(/^0+(?=\d)/, "");
}
