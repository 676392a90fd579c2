import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { absent, link } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

type Given = (path: string) => void;

describe.skipIf(!canSandbox).each(SHELLS)("link, in %s", (shell) => {
  needsShell(shell);
  test.each<[string, Given, string]>([
    ["missing", () => undefined, "changed"],
    ["to something else", (path) => symlinkSync("/elsewhere", path), "changed"],
    ["to an existing directory", (path) => symlinkSync("/", path), "changed"],
    ["left half done by a killed run", (path) => symlinkSync("/other", `${path}.quintet`), "changed"],
    ["as described", (path) => symlinkSync("it's here/$HOME", path), "ok"],
  ])("%s", async (_, given, status) => {
    const box = sandbox();
    const path = join(box.host, "current");
    given(path);
    const wanted = [link(path, { to: "it's here/$HOME" })];

    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toBe(`${status} link[current]`);
    expect((await runProgram(box, wanted, { shell })).said.at(-2)).toBe(`${status} link[current]`);
    expect(readlinkSync(path)).toBe("it's here/$HOME");
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok link[current]", "finished"]);
    expect(readdirSync(box.host)).toEqual(["current"]);
  });

  test("never removes a file at its path", async () => {
    const box = sandbox();
    const path = join(box.host, "current");
    writeFileSync(path, "precious");
    const { said, text } = await runProgram(box, [link(path, { to: "/x" })], { shell });
    expect(said.at(-1)).toBe("failed link[current] apply 1");
    expect(text).toContain("is there and is not a link; move it away first");
    expect(readFileSync(path, "utf8")).toBe("precious");
  });
});

describe.skipIf(!canSandbox).each(SHELLS)("absent, in %s", (shell) => {
  needsShell(shell);
  test.each<[string, Given, string]>([
    ["a file", (path) => writeFileSync(path, ""), "changed"],
    ["a link that leads nowhere", (path) => symlinkSync("/nowhere", path), "changed"],
    ["a link to a directory", (path) => symlinkSync("/etc", path), "changed"],
    ["an empty directory", (path) => mkdirSync(path), "changed"],
    ["nothing", () => undefined, "ok"],
  ])("%s", async (_, given, status) => {
    const box = sandbox();
    const path = join(box.host, "old");
    given(path);
    expect((await runProgram(box, [absent(path)], { shell, mode: "check" })).said[0]).toBe(
      `${status} absent[old]`,
    );
    expect((await runProgram(box, [absent(path)], { shell })).said.at(-2)).toBe(`${status} absent[old]`);
    expect(readdirSync(box.host)).toEqual([]);
    expect((await runProgram(box, [absent(path)], { shell })).said).toEqual(["ok absent[old]", "finished"]);
  });

  test("never removes a directory that is not empty", async () => {
    const box = sandbox();
    mkdirSync(join(box.host, "old/deep"), { recursive: true });
    const { said, text } = await runProgram(box, [absent(join(box.host, "old"))], { shell });
    expect(said.at(-1)).toBe("failed absent[old] apply 1");
    expect(text).toMatch(/not empty/i);
    expect(existsSync(join(box.host, "old/deep"))).toBe(true);
  });
});
