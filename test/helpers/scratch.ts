import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory that is removed when the test ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), "quintet-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The same, and the test runs in it. For code that writes to the project's directory: `.env`, `.quintet`. */
export function scratchProject(): string {
  const before = process.cwd();
  const dir = scratch();
  process.chdir(dir);
  onTestFinished(() => process.chdir(before));
  return dir;
}
