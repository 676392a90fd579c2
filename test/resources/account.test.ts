import { appendFileSync, chmodSync, chownSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { file, group, user } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

const entry = (box: Sandbox, file: string, name: string) =>
  readFileSync(join(box.etc, file), "utf8")
    .split("\n")
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.replace(/:\d+/g, ":N"));

describe.skipIf(!canSandbox).each(SHELLS)("accounts, in %s", (shell) => {
  needsShell(shell);
  test.each<[string, (box: Sandbox) => void, string]>([
    ["missing", () => undefined, "changed"],
    ["with another shell", (box) => account(box, "/var/lib/guest", "/bin/sh"), "changed"],
    ["with another home", (box) => account(box, "/home/guest", "/usr/sbin/nologin"), "changed"],
    [
      "with only the group, as a killed run leaves it",
      (box) => appendFileSync(join(box.etc, "group"), "guest:x:977:\n"),
      "changed",
    ],
    ["as described", (box) => account(box, "/var/lib/guest", "/usr/sbin/nologin"), "ok"],
  ])("a user: %s", async (_, given, status) => {
    const box = sandbox();
    given(box);
    const wanted = [user("guest", { home: "/var/lib/guest" })];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toBe(`${status} user[guest]`);
    expect((await runProgram(box, wanted, { shell })).said.at(-2)).toBe(`${status} user[guest]`);
    expect(entry(box, "passwd", "guest")).toEqual(["guest:x:N:N::/var/lib/guest:/usr/sbin/nologin"]);
    expect(entry(box, "group", "guest")).toEqual(["guest:x:N:"]);
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok user[guest]", "finished"]);
  });

  test.each<[string, string, number, string]>([
    ["unchanged", "kept\n", 0o640, "unknown file[kept] waits for user[guest]"],
    ["edited", "strayed\n", 0o640, "changed file[kept]"],
    ["in another mode", "kept\n", 0o600, "changed file[kept]"],
  ])("a user who is gone, with a file that is %s", async (_, content, mode, planned) => {
    const box = sandbox();
    const kept = join(box.host, "kept");
    writeFileSync(kept, content);
    chmodSync(kept, mode);
    chownSync(kept, 977, 977);
    const wanted = [user("guest"), file(kept, { content: "kept\n", owner: "guest", mode: "0640" })];
    const plan = await runProgram(box, wanted, { shell, mode: "check" });
    expect(plan.said).toEqual(["changed user[guest]", planned, "finished"]);
    expect((await runProgram(box, wanted, { shell })).said.at(-1)).toBe("finished");
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[1]).toBe("ok file[kept]");
  });

  test("a file of a user that no resource makes: the plan says changed, and the run fails", async () => {
    const box = sandbox();
    const kept = join(box.host, "kept");
    writeFileSync(kept, "kept\n");
    chownSync(kept, 977, 977);
    const wanted = [file(kept, { content: "kept\n", owner: "guest" })];
    expect((await runProgram(box, wanted, { shell, mode: "check" })).said[0]).toBe("changed file[kept]");
    expect((await runProgram(box, wanted, { shell })).said.at(-1)).toMatch(/^failed file\[kept\] apply/);
  });

  test("a group that is missing", async () => {
    const box = sandbox();
    expect((await runProgram(box, [group("guests")], { shell, mode: "check" })).said[0]).toBe(
      "changed group[guests]",
    );
    expect((await runProgram(box, [group("guests")], { shell })).said.at(-2)).toBe("changed group[guests]");
    expect(entry(box, "group", "guests")).toEqual(["guests:x:N:"]);
    expect((await runProgram(box, [group("guests")], { shell })).said).toEqual([
      "ok group[guests]",
      "finished",
    ]);
  });
});

function account(box: Sandbox, home: string, shell: string): void {
  appendFileSync(join(box.etc, "passwd"), `guest:x:977:977::${home}:${shell}\n`);
  appendFileSync(join(box.etc, "group"), "guest:x:977:\n");
  const shadow = join(box.etc, "shadow");
  writeFileSync(shadow, `${readFileSync(shadow, "utf8")}guest:!:20000::::::\n`);
}
