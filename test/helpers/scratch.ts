import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory that goes when the test ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "quintet-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A directory of its own to run in, for what keeps files beside the project: `.env`, `.quintet`. */
export function scratchProject(): string {
  const before = process.cwd();
  const dir = scratch();
  process.chdir(dir);
  onTestFinished(() => process.chdir(before));
  return dir;
}
