import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

const made = (path: string) => mkdirSync(path, { recursive: true });

describe.skipIf(!canSandbox).each(SHELLS)("directory, in %s", (shell) => {
  needsShell(shell);
  test.each<[string, (path: string) => void, string]>([
    ["missing, and its parent too", () => undefined, "changed"],
    ["with another owner and mode", made, "changed"],
    [
      "as described",
      (path) => {
        made(path);
        chmodSync(path, 0o750);
      },
      "ok",
    ],
  ])("%s", async (situation, given, status) => {
    const box = sandbox();
    const path = join(box.host, "srv/data");
    given(path);
    const wanted = [
      directory(path, { mode: "0750", group: situation === "as described" ? "root" : "daemon" }),
    ];

    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toBe(
      `${status} directory[srv/data]`,
    );
    expect((await runProgram(box, wanted, { shell })).said.at(-2)).toBe(`${status} directory[srv/data]`);
    expect(statSync(path).mode & 0o7777).toBe(0o750);
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok directory[srv/data]", "finished"]);
  });

  test("does not touch its contents", async () => {
    const box = sandbox();
    const path = join(box.host, "data");
    made(path);
    writeFileSync(join(path, "precious"), "");
    await runProgram(box, [directory(path, { mode: "0700" })], { shell });
    expect(statSync(join(path, "precious")).isFile()).toBe(true);
  });

  test.each<[string, (path: string) => void, string]>([
    ["a file", (path) => writeFileSync(path, "precious"), "failed directory[data] apply 1"],
    ["a link to a directory", (path) => symlinkSync("/", path), "failed directory[data] still 1"],
  ])("fails if %s has its path", async (_, given, said) => {
    const box = sandbox();
    given(join(box.host, "data"));
    const {
      said: [, last],
      code,
    } = await runProgram(box, [directory(join(box.host, "data"))], { shell });
    expect([last, code]).toEqual([said, 3]);
  });
});
