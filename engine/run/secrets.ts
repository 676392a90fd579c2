import { randomBytes } from "node:crypto";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { MIN_LENGTH, Secret } from "../template/secret.ts";
import type { Env } from "../util/env.ts";
import { UsageError } from "../util/errors.ts";

/** Name and meaning of each secret that roles ask for. */
export type SecretNames = Readonly<Record<string, string>>;

/**
 * Reads secrets from a `.env` file. Those that it does not have get random values (192 bits), and with `keep` are written to
 * it with mode 0600: a plan and a smoke test change nothing, here neither. Throws UsageError for a value that is empty, too short, or cannot be a password on every system it goes to.
 */
export function readSecrets(
  { file, source, variables: found }: Env,
  names: SecretNames,
  { keep = true } = {},
): Map<string, Secret> {
  const missing = Object.keys(names).filter((name) => found[name] === undefined);
  const made = Object.fromEntries(missing.map((name) => [name, randomBytes(24).toString("base64url")]));
  if (keep && missing.length > 0) append(file, source, made, names);
  if (keep && source !== "" && statSync(file).mode & 0o077) chmodSync(file, 0o600);
  const values = { ...found, ...made };
  return new Map(
    Object.keys(names).map((name) => [
      name,
      new Secret(name, usable(file, name, values[name] ?? "", names[name] ?? "")),
    ]),
  );
}

// --- internal ---

function append(file: string, source: string, made: Record<string, string>, names: SecretNames): void {
  const lines = Object.entries(made).map(([name, value]) => `# ${names[name]}\n${name}=${value}\n`);
  const gap = source === "" || source.endsWith("\n") ? "" : "\n";
  writeFileSync(file, `${source}${gap}${lines.join("")}`, { mode: 0o600 });
}

function usable(file: string, name: string, value: string, meaning: string): string {
  const cure = `expected ${MIN_LENGTH} to 64 printable characters without quotes or backslashes; remove the line to get a random one`;
  if (value === "") throw new UsageError(`${file} › ${name} (${meaning}): found no value; ${cure}`);
  if (value.length < MIN_LENGTH || value.length > 64)
    throw new UsageError(`${file} › ${name} (${meaning}): found ${value.length} characters; ${cure}`);
  if (!/^[!#-&(-[\]-~]+$/.test(value))
    throw new UsageError(
      `${file} › ${name} (${meaning}): found a space, a quote, a backslash or a character beyond ASCII; ${cure}`,
    );
  return value;
}
