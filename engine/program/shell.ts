import { bare, quote, type Shell, sh } from "../template/shell.ts";

/** A shell function. */
export function fn(name: string, body: Shell): Shell {
  return sh`
    ${bare(name)}() {
    ${body}
    }`;
}

/** A shell pattern: everything quoted but the stars. */
export function pattern(value: string): string {
  if (value === "") return quote(value);
  const parts = value.split("*").map((part) => (part === "" ? "" : quote(part)));
  return parts.join("*");
}
