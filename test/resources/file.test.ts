import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { file, Secret, text } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

type Given = (path: string) => void;

const present =
  (content: string, mode = 0o640, uid = 1): Given =>
  (path) => {
    writeFileSync(path, content);
    chmodSync(path, mode);
    chownSync(path, uid, 0);
  };

describe.skipIf(!canSandbox).each(SHELLS)("file, in %s", (shell) => {
  needsShell(shell);
  test.each<[string, Given, "ok" | "changed"]>([
    ["missing", () => undefined, "changed"],
    ["with other content", present("old\n"), "changed"],
    ["with another mode", present("new\n", 0o600), "changed"],
    ["with another owner", present("new\n", 0o640, 0), "changed"],
    ["a link to the right content", (path) => symlinkSync("/dev/null", path), "changed"],
    ["as described", present("new\n"), "ok"],
  ])("%s", async (_, given, status) => {
    const box = sandbox();
    const path = join(box.host, "motd");
    given(path);
    const wanted = [file(path, { content: "new\n", owner: "daemon", group: "root", mode: "0640" })];

    expect((await runProgram(box, wanted, { shell, mode: "check" })).said).toEqual([
      `${status} file[motd]`,
      "finished",
    ]);
    const applied = await runProgram(box, wanted, { shell });
    expect(applied.said.at(-2)).toBe(`${status} file[motd]`);
    expect(applied.stderr).toBe("");
    expect(readFileSync(path, "utf8")).toBe("new\n");
    expect(statSync(path)).toMatchObject({ uid: 1, gid: 0, mode: 0o100640 });
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok file[motd]", "finished"]);
    expect(readdirSync(box.host)).toEqual(["motd"]);
  });
});

test.skipIf(!canSandbox)(
  "a file with a secret is not shown, neither the old content nor the new",
  async () => {
    const box = sandbox();
    const path = join(box.host, "config");
    writeFileSync(path, "password = the-old-one\n");
    const wanted = [file(path, { content: text`password = ${new Secret("KEY", "the-new-one")}` })];
    const { text: shown } = await runProgram(box, wanted, { mode: "check" });
    expect(shown).toContain("the content differs; it holds a secret and is not shown");
    expect(shown).not.toContain("the-");
  },
);

test.skipIf(!canSandbox)("a file without secrets is shown as a diff", async () => {
  const box = sandbox();
  const path = join(box.host, "config");
  writeFileSync(path, "old\n");
  const { text: shown } = await runProgram(box, [file(path, { content: "new\n" })], { mode: "check" });
  expect(shown).toContain(`--- ${path} (now)\n+++ ${path} (wanted)\n@@ -1 +1 @@\n-old\n+new\n`);
});
