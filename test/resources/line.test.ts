import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { line } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

describe.skipIf(!canSandbox).each(SHELLS)("line, in %s", (shell) => {
  needsShell(shell);
  test.each([
    ["added at the end", "a\nb\n", "Port 22", undefined, "a\nb\nPort 22\n", "changed"],
    ["there already", "a\nPort 22\nb\n", "Port 22", undefined, "a\nPort 22\nb\n", "ok"],
    [
      "in place of the first line that it replaces",
      "a\n#Port 2\nb\nPort 3\n",
      "Port 22",
      "^#?Port ",
      "a\nPort 22\nb\n",
      "changed",
    ],
    ["there twice", "Port 22\na\nPort 22\n", "Port 22", undefined, "Port 22\na\n", "changed"],
    ["after a last line without a line break", "a\nb", "Port 22", undefined, "a\nb\nPort 22\n", "changed"],
    ["in an empty file", "", "Port 22", undefined, "Port 22\n", "changed"],
    [
      "with backslashes and quotes",
      "a\n",
      `p = "\\d+\\n" 'it''s' $x \\\\`,
      undefined,
      `a\np = "\\d+\\n" 'it''s' $x \\\\\n`,
      "changed",
    ],
    ["whose pattern has backslashes", "a.b\naxb\n", "new", "^a\\.b$", "new\naxb\n", "changed"],
    ["with an ampersand", "old\n", "a & b", "^old$", "a & b\n", "changed"],
  ] as const)("%s", async (_, before, name, instead, after, status) => {
    const box = sandbox();
    const path = join(box.host, "config");
    writeFileSync(path, before);
    chownSync(path, 1, 1);
    chmodSync(path, 0o604);
    const wanted = [line(name, { file: path, ...(instead !== undefined && { instead }) })];

    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toBe(`${status} line[${name}]`);
    expect((await runProgram(box, wanted, { shell })).said.at(-2)).toBe(`${status} line[${name}]`);
    expect(readFileSync(path, "utf8")).toBe(after);
    expect(statSync(path)).toMatchObject({ uid: 1, gid: 1, mode: 0o100604 });
    expect((await runProgram(box, wanted, { shell })).said).toEqual([`ok line[${name}]`, "finished"]);
    expect(readdirSync(box.host)).toEqual(["config"]);
  });

  test("fails its check if the file is missing", async () => {
    const box = sandbox();
    const { said, text } = await runProgram(box, [line("a", { file: join(box.host, "none") })], {
      shell,
      mode: "check",
    });
    expect(said).toEqual(["failed line[a] check 2", "finished"]);
    expect(text).toContain("none is not there");
  });

  test("fails its check if awk refuses the pattern", async () => {
    const box = sandbox();
    writeFileSync(join(box.host, "config"), "b\n");
    const wanted = [line("a", { file: join(box.host, "config"), instead: "(" })];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toBe("failed line[a] check 2");
  });

  test("with a pattern that awk refuses does not affect other lines", async () => {
    const box = sandbox();
    const file = join(box.host, "config");
    writeFileSync(file, "a\n");
    const wanted = [
      line("a", { file }),
      line("b", { file, instead: "^c" }),
      line("d", { file, instead: "(" }),
    ];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said).toEqual([
      "ok line[a]",
      "changed line[b]",
      "failed line[d] check 2",
      "finished",
    ]);
  });

  test("follows a link instead of replacing it", async () => {
    const box = sandbox();
    writeFileSync(join(box.host, "real"), "a\n");
    symlinkSync("real", join(box.host, "config"));
    await runProgram(box, [line("b", { file: join(box.host, "config") })], { shell });
    expect(lstatSync(join(box.host, "config")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(box.host, "real"), "utf8")).toBe("a\nb\n");
  });
});
