import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  command,
  directory,
  file,
  handler,
  line,
  type Resource,
  requirement,
  sh,
} from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

describe.skipIf(!canSandbox).each(SHELLS)("a run, in %s", (shell) => {
  needsShell(shell);
  test("keeps the old file if the new one is refused, and shows the validator's output", async () => {
    const box = sandbox();
    const path = join(box.host, "a config");
    writeFileSync(path, "old\n");
    const validate = (candidate: unknown) =>
      sh`grep -q good ${candidate as never} || { echo "line 1: not good"; exit 4; }`;
    const refused = await runProgram(box, [file(path, { content: "bad\n", validate })], { shell });
    expect([refused.said.at(-1), refused.code]).toEqual(["failed file[a config] apply 4", 3]);
    expect(refused.text).toContain("line 1: not good");
    expect(readFileSync(path, "utf8")).toBe("old\n");
    expect(readdirSync(box.host)).toEqual(["a config"]);

    await runProgram(box, [file(path, { content: "good\n", validate })], { shell });
    expect(readFileSync(path, "utf8")).toBe("good\n");
  });

  test("does not write a file into a directory of the same name", async () => {
    const box = sandbox();
    mkdirSync(join(box.host, "motd"));
    const { said } = await runProgram(box, [file(join(box.host, "motd"), { content: "" })], { shell });
    expect(said.at(-1)).toBe("failed file[motd] apply 1");
    expect(readdirSync(box.host, { recursive: true })).toEqual(["motd"]);
  });

  test("skips what comes after a resource that failed in the same role", async () => {
    const box = sandbox();
    const wanted = [
      command("x", { check: sh`exit 1`, run: sh`exit 6` }),
      file(join(box.host, "later"), { content: "" }),
    ];
    const { said, code } = await runProgram(box, wanted, { shell });
    expect([said.slice(-2), code]).toEqual([
      ["failed command[x] apply 6", "skipped file[later] because command[x]"],
      3,
    ]);
    expect(existsSync(join(box.host, "later"))).toBe(false);
  });

  const two = (box: Sandbox, first: Resource) => {
    const of = (name: string, ...resources: readonly Resource[]) =>
      resources.map((resource) => ({ role: name, resource }));
    const reload = handler("reload it", sh`echo ran >>${join(box.host, "handled")}`);
    const needing = file(join(box.host, "needing"), { content: "", needs: first });
    return {
      resources: [
        ...of("one", first, file(join(box.host, "same"), { content: "" })),
        ...of("two", file(join(box.host, "other"), { content: "", notify: reload }), needing),
        ...of("three", file(join(box.host, "third"), { content: "" })),
      ],
      handlers: [{ role: "two", handler: reload }],
    };
  };

  test.each(["apply", "check"] as const)(
    "goes on with other roles, but not with what needs the one that failed (%s)",
    async (mode) => {
      const box = sandbox();
      const wall = command("wall", { check: sh`exit 7`, run: sh`:` });
      const { said, code } = await runProgram(box, two(box, wall), { shell, mode });
      const handled =
        mode === "check" ? ["handler-due reload it"] : ["handler-start reload it", "handler-done reload it"];
      expect(said.filter((line) => !line.startsWith("start"))).toEqual([
        "failed command[wall] check 7",
        "skipped file[same] because command[wall]",
        "changed file[other]",
        "skipped file[needing] because command[wall]",
        ...handled,
        "changed file[third]",
        ...(mode === "check" ? ["finished"] : []),
      ]);
      expect(code).toBe(mode === "check" ? 0 : 3);
    },
  );

  test("does nothing at all where that fails on which all others stand", async () => {
    const box = sandbox();
    const system = requirement("system", { first: true, met: sh`false`, otherwise: "expected another" });
    const { said, code, text } = await runProgram(box, two(box, system), { shell });
    expect(said[0]).toBe("failed requirement[system] check 2");
    expect(said.slice(1).every((line) => line.startsWith("skipped"))).toBe(true);
    expect([said.length, code, text.trim()]).toEqual([5, 3, "expected another"]);
  });

  test("goes on after a failed check, with --check", async () => {
    const box = sandbox();
    const wanted = [
      command("x", { check: sh`exit 5`, run: sh`:` }),
      file(join(box.host, "later"), { content: "" }),
    ];
    const { said, code } = await runProgram(box, wanted, { shell, mode: "check" });
    expect([said, code]).toEqual([
      ["failed command[x] check 5", "skipped file[later] because command[x]", "finished"],
      0,
    ]);
  });

  test("calls a resource unknown if it needs one that is only planned or unknown, with --check", async () => {
    const box = sandbox();
    const config = file(join(box.host, "config"), { content: "a\n" });
    const added = line("b", { file: join(box.host, "config"), needs: config });
    const third = command("c", { check: sh`exit 0`, run: sh`:`, needs: added });
    const certain = file(join(box.host, "other"), { content: "", needs: config });
    const { said } = await runProgram(box, [config, added, third, certain], { shell, mode: "check" });
    expect(said).toEqual([
      "changed file[config]",
      "unknown line[b] waits for file[config]",
      "unknown command[c] waits for line[b]",
      "changed file[other]",
      "finished",
    ]);
  });

  test("checks a resource again after an earlier one has changed something", async () => {
    const box = sandbox();
    const dir = join(box.host, "dir");
    const wanted = [
      command("make", { check: sh`[ -e ${dir} ] || exit 1`, run: sh`mkdir -m 0755 ${dir}` }),
      directory(dir),
    ];
    expect((await runProgram(box, wanted, { shell })).said).toContain("ok directory[dir]");
  });

  test("removes its work directory, even if it fails", async () => {
    const box = sandbox();
    await runProgram(box, [file(join(box.host, "a"), { content: "" })], { shell });
    await runProgram(box, [command("x", { check: sh`exit 1`, run: sh`exit 6` })], { shell });
    await runProgram(box, [command("x", { check: sh`exit 0`, run: sh`:` })], { shell, mode: "check" });
    expect(readdirSync(box.run).sort()).toEqual([]);
  });

  test.each([
    ["", false],
    [", even if SIGPIPE is ignored", true],
  ])("ends after the current resource if nobody reads its output any more%s", async (_, ignoresPipe) => {
    const box = sandbox();
    const wanted = ["one", "two", "three"].map((name) =>
      command(name, {
        check: sh`[ -e ${join(box.host, name)} ] || exit 1`,
        run: sh`sleep 0.2; touch ${join(box.host, name)}`,
      }),
    );
    const { code } = await runProgram(box, wanted, { shell, deafAfter: "start command[one]", ignoresPipe });
    expect(code).toBe(141);
    expect(readdirSync(box.host)).toEqual(["one"]);
    expect(readdirSync(box.run).sort()).toEqual([]);
  });
});

describe.skipIf(!canSandbox).each(SHELLS)("an incomplete program, in %s", (shell) => {
  needsShell(shell);
  test.each([0.2, 0.5, 0.9, 0.99])("does nothing if only %f of it has arrived", async (part) => {
    const box = sandbox();
    const { said } = await runProgram(box, [file(join(box.host, "a"), { content: "" })], { shell, part });
    expect(said).toEqual([]);
    expect(readdirSync(box.host)).toEqual([]);
  });
});
