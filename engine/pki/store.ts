import { randomBytes } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { RefusedError } from "../util/errors.ts";

/** Names of the files of a key and its certificate. */
export type Pair = readonly [key: string, certificate: string];

/**
 * The folder of keys and certificates. A file is written as a whole or not at all. Without `keep` nothing is written;
 * only this class decides that. Throws RefusedError for a file that cannot be read or written.
 */
export class Store {
  readonly folder: string;
  readonly #keep: boolean;

  constructor(folder: string, keep: boolean) {
    this.folder = folder;
    this.#keep = keep;
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** Names of the keys and certificates in it, sorted. */
  files(): readonly string[] {
    const all = this.#attempt(this.folder, "read", () => readdirSync(this.folder)) ?? [];
    return all.filter((file) => /^[^.].*\.(key|pem)$/.test(file)).sort();
  }

  /** The content of a file; undefined if it does not exist. */
  read(file: string): string | undefined {
    return this.#attempt(this.path(file), "read", () => readFileSync(this.path(file), "utf8"));
  }

  /** Writes a file, unless another run has written it in the meantime. Returns what it holds then. */
  claim(file: string, content: string): string {
    if (!this.#keep) return content;
    this.#beside(file, content, (temporary) => {
      try {
        linkSync(temporary, this.path(file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    });
    return this.read(file) ?? content;
  }

  /** Writes a file in place of the old one. */
  replace(file: string, content: string): void {
    if (this.#keep) this.#beside(file, content, (temporary) => renameSync(temporary, this.path(file)));
  }

  /** Writes a key and its certificate in place of the old ones. */
  replacePair([keyFile, certificateFile]: Pair, key: string, certificate: string): void {
    // The key is written first. If a run dies in between, the key does not fit the last certificate (or has none), and
    // the pair is taken for missing.
    this.replace(keyFile, key);
    this.replace(certificateFile, certificate);
  }

  /** Makes keys readable for their owner only, in case somebody has copied the folder about. */
  close(): void {
    if (!this.#keep) return;
    this.#attempt(this.folder, "write", () => {
      withdraw(this.folder, 0o700);
      for (const file of this.files()) if (file.endsWith(".key")) withdraw(this.path(file), 0o600);
    });
  }

  #beside(file: string, content: string, move: (temporary: string) => void): void {
    const temporary = this.path(`.${file}.${randomBytes(6).toString("hex")}`);
    this.#attempt(this.path(file), "write", () => {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      try {
        // Flushed, because otherwise a power cut could leave an empty file under the final name.
        writeFileSync(temporary, content, { mode: file.endsWith(".key") ? 0o600 : 0o644, flush: true });
        move(temporary);
      } finally {
        rmSync(temporary, { force: true });
      }
    });
  }

  #attempt<Value>(path: string, verb: "read" | "write", action: () => Value): Value | undefined {
    try {
      return action();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (verb === "read" && code === "ENOENT") return undefined;
      throw new RefusedError(
        `${path}: found that it cannot be ${verb === "read" ? "read" : "written"} (${message}); expected it to belong to whoever runs this; change its owner or mode, or put it back from a backup`,
      );
    }
  }
}

/** Whether a file belongs to ACME servers and not to the site's own CA. */
export function isAcme(file: string): boolean {
  return /(^|\.)acme\.(key|pem)$/.test(file);
}

// --- internal ---

function withdraw(path: string, mode: number): void {
  if (statSync(path).mode & 0o077) chmodSync(path, mode);
}
