import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Shell } from "../template/shell.ts";
import { sha256Of } from "../util/hash.ts";
import type { Blob } from "./resource.ts";

/** Files of a host that the control machine keeps, for example packages that their mirror will have no more. */
export interface Keeping {
  /** What they are, for people: `MySQL's packages`. */
  readonly what: string;
  /** The folder of all of this kind: `mysql`. */
  readonly within: string;
  /** Prints the name of the folder in it that they make. It is made once, whole or not at all. */
  readonly name: Shell;
  /** Prints for each file a line `file NAME`, and then its content in base64. */
  readonly content: Shell;
}

/** Where all that is kept is. */
export const KEPT = ".quintet/kept";

/** Whether a folder is kept. */
export const isKept = (folder: string): boolean => existsSync(join(KEPT, folder));

/** The files of a folder that is kept, by their names; none if it is not. */
export function keptFiles(folder: string): ReadonlyMap<string, Blob> {
  const directory = join(KEPT, folder);
  if (!existsSync(directory)) return new Map();
  return new Map(
    readdirSync(directory)
      .sort()
      .map((name) => [name, blobOf(join(directory, name))]),
  );
}

// --- internal ---

function blobOf(file: string): Blob {
  const content = readFileSync(file);
  return { file, size: content.length, sha256: sha256Of(content) };
}
