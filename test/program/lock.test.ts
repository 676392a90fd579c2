import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, file, sh } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS, type ShellName } from "../helpers/shells.ts";

/** Keeps a run busy until there is a file `go`. */
const slow = (box: Sandbox) => [
  command("slow", {
    check: sh`[ -e ${join(box.host, "done")} ] || exit 1`,
    run: sh`
      while [ ! -e ${join(box.host, "go")} ]; do sleep 0.05; done
      touch ${join(box.host, "done")}`,
  }),
];
const quick = (box: Sandbox) => [file(join(box.host, "quick"), { content: "" })];

/** Starts a run, and returns when it holds the lock. Rejects if the run ends before that. */
async function hold(box: Sandbox, shell: ShellName, then?: "kill") {
  let holds: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    holds = resolve;
  });
  const ended = runProgram(box, slow(box), {
    shell,
    who: "the first",
    onSignal: (signal) => {
      if (signal.word !== "start") return undefined;
      holds();
      return then;
    },
  });
  const early = ended.then(({ code, stderr }) => {
    throw new Error(`the first run ended with ${code} before it held the lock: ${stderr}`);
  });
  early.catch(() => undefined);
  await Promise.race([held, early]);
  return { ended };
}

describe.skipIf(!canSandbox).each(SHELLS)("the lock of a host, in %s", (shell) => {
  needsShell(shell);
  test("keeps a second run out, which is told who holds it", async () => {
    const box = sandbox();
    const first = await hold(box, shell);
    const second = await runProgram(box, quick(box), { shell, who: "the second" });
    expect(second.signals).toEqual([
      { word: "busy", text: "the first" },
      { word: "locked", text: "the first" },
    ]);
    expect(second.code).toBe(5);
    expect(existsSync(join(box.host, "quick"))).toBe(false);
    writeFileSync(join(box.host, "go"), "");
    expect((await first.ended).said.at(-1)).toBe("finished");
  });

  test("is waited for, up to the time given with --lock-wait", async () => {
    const box = sandbox();
    const first = await hold(box, shell);
    const second = await runProgram(box, quick(box), {
      shell,
      lockWait: 30,
      onSignal: (signal) => {
        if (signal.word === "busy") writeFileSync(join(box.host, "go"), "");
        return undefined;
      },
    });
    expect(second.said).toEqual(["busy", "start file[quick]", "changed file[quick]", "finished"]);
    expect((await first.ended).said.at(-1)).toBe("finished");
  });

  test("is free as soon as its holder is killed, and the next run removes what that left behind", async () => {
    const box = sandbox();
    const first = await hold(box, shell, "kill");
    expect((await first.ended).code).toBe(null);
    expect(readdirSync(box.run).filter((name) => name.startsWith("work."))).toHaveLength(1);
    const second = await runProgram(box, quick(box), { shell });
    expect(second.said).toEqual(["start file[quick]", "changed file[quick]", "finished"]);
    expect(readdirSync(box.run).sort()).toEqual(["holder", "lock"]);
  });

  test("is not needed for --check, and a run that starts meanwhile keeps the work directory of the check", async () => {
    const box = sandbox();
    const look = [
      command("look", {
        check: sh`
          touch ${join(box.host, "looking")}
          while [ ! -e ${join(box.host, "go")} ]; do sleep 0.05; done
          exit 1`,
        run: sh`:`,
        diff: sh`echo seen`,
      }),
    ];
    const looking = runProgram(box, look, { shell, mode: "check" });
    while (!existsSync(join(box.host, "looking"))) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await runProgram(box, quick(box), { shell })).said.at(-1)).toBe("finished");
    writeFileSync(join(box.host, "go"), "");
    const looked = await looking;
    expect([looked.said, looked.text.trim(), looked.stderr]).toEqual([
      ["changed command[look]", "finished"],
      "seen",
      "",
    ]);
  });
});
