import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";

/** The project's own known_hosts, in OpenSSH's format, so that `ssh` reads it too. */
export class KnownHosts {
  readonly file: string;

  constructor(file = ".quintet/known_hosts") {
    this.file = file;
  }

  /** Types of a host's keys on record. Only these may be offered, or an impostor could show a key of another type. */
  typesOf(name: string): string[] {
    return this.#entries(name).map(([, type]) => type ?? "");
  }

  /** Whether a host's key (in wire format) is the one on record. The key of a new host is recorded and accepted. */
  accepts(name: string, key: Buffer): boolean {
    const entries = this.#entries(name);
    const shown = key.toString("base64");
    if (entries.length === 0) {
      this.#record(`${name} ${keyType(key)} ${shown}`);
      return true;
    }
    return entries.some(([, , recorded]) => recorded === shown);
  }

  /** Copies a new host's keys from the user's known_hosts. `ssh-keygen -F` also finds hashed names and patterns. */
  async adopt(name: string, files: readonly string[]): Promise<void> {
    if (files.length === 0 || this.typesOf(name).length > 0) return;
    const found = await Promise.all(files.map((file) => lookUp(name, file)));
    for (const [type, key] of found.flat()) this.#record(`${name} ${type} ${key}`);
  }

  /** Removes the keys on record for a host, for example because it was rebuilt. Returns whether there were any. */
  forget(name: string): boolean {
    const lines = this.#lines();
    const kept = lines.filter((line) => line.split(" ")[0] !== name);
    if (kept.length === lines.length) return false;
    writeFileSync(this.file, kept.map((line) => `${line}\n`).join(""), { mode: 0o600 });
    return true;
  }

  #record(entry: string): void {
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `${entry}\n`, { mode: 0o600 });
  }

  #lines(): string[] {
    return existsSync(this.file) ? readFileSync(this.file, "utf8").split("\n").filter(Boolean) : [];
  }

  #entries(name: string): string[][] {
    return this.#lines()
      .map((line) => line.split(" "))
      .filter(([host]) => host === name);
  }
}

/** Name of a host in known_hosts: its address, with the port if that is not 22. */
export function knownName(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

// --- internal ---

/** Type and key of each entry. Comments and entries with a marker (@revoked, @cert-authority) do not count. */
async function lookUp(name: string, file: string): Promise<(readonly [string, string])[]> {
  const search = promisify(execFile)("ssh-keygen", ["-F", name, "-f", file]);
  const { stdout } = await search.catch(() => ({ stdout: "" }));
  const entries = stdout.split("\n").filter((line) => line !== "" && !/^[#@]/.test(line));
  return entries.map((line) => line.split(" ")).map(([, type = "", key = ""]) => [type, key] as const);
}

/** The blob of a public key begins with its type: four bytes of length, then the name (RFC 4253 §6.6). */
function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("ascii");
}
