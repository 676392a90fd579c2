import { bare, quote, type Shell, sh } from "../template/shell.ts";

/** A shell function. */
export function fn(name: string, body: Shell): Shell {
  return sh`
    ${bare(name)}() {
    ${body}
    }`;
}

/** A shell pattern: everything quoted but the stars. */
export function pattern(is: string): Shell {
  return bare(
    is
      .split("*")
      .map((part) => (part === "" ? "" : quote(part)))
      .join("*"),
  );
}
