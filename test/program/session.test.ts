import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, file, type Resource, sh } from "../../engine/index.ts";
import { compile, programOf } from "../../engine/program/compile.ts";
import { parseSignal, type Signal } from "../../engine/program/protocol.ts";
import { type Instruction, sessionOf } from "../../engine/program/session.ts";
import { BOOT, compressed, packed } from "../../engine/ssh/connection.ts";
import type { Shell } from "../../engine/template/shell.ts";
import { eventually } from "../../engine/util/eventually.ts";
import { hostPlanOf, runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS, type ShellName } from "../helpers/shells.ts";

const MARKER = "marker";

/** Begins a session on a host, as a run does. */
function begin(box: Sandbox, shell: ShellName, who: string) {
  const child = box.spawn([...shell.split(" "), "-c", BOOT, MARKER]);
  const signals: Signal[] = [];
  let rest = "";
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    signals.push(...lines.flatMap((line) => parseSignal(line) ?? []));
  });
  child.stdin.write(packed(sessionOf(who)));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const words = () => signals.map(({ word }) => word);
  return {
    signals,
    words,
    ended,
    say: (instruction: Instruction, content: Buffer = Buffer.alloc(0)) =>
      child.stdin.write(Buffer.concat([Buffer.from(`${MARKER} ${instruction}\n`), content])),
    write: (content: string) => child.stdin.write(content),
    until: (word: Signal["word"], times = 1) =>
      eventually(20, async () => expect(words().filter((one) => one === word)).toHaveLength(times)),
    end: () => {
      child.stdin.end();
      return ended;
    },
    kill: () => process.kill(-(child.pid as number), "SIGKILL"),
    killAlone: () => process.kill(child.pid as number, "SIGKILL"),
  };
}

function programFor(...resources: Resource[]): Shell {
  return programOf(compile(hostPlanOf(resources)), { mode: "apply", who: "a test" });
}

/** Runs a program in a session. */
function send(session: ReturnType<typeof begin>, program: Shell): void {
  const content = compressed(program);
  session.say(`run ${content.length}`, content);
}

/** Is busy until there is a file `go`. */
const slow = (box: Sandbox) =>
  command("slow", {
    check: sh`[ -e ${join(box.host, "done")} ] || exit 1`,
    run: sh`
      touch ${join(box.host, "begun")}
      while [ ! -e ${join(box.host, "go")} ]; do sleep 0.05; done
      touch ${join(box.host, "done")}`,
  });

describe.skipIf(!canSandbox).each(SHELLS)("the lock of a host, in %s", (shell) => {
  needsShell(shell);

  test("keeps a second run out, which is told who holds it, also between two programs of the first", async () => {
    const box = sandbox();
    const first = begin(box, shell, "the first");
    first.say("lock 0");
    send(first, programFor(file(join(box.host, "one"), { content: "" })));
    await first.until("ended");
    const second = begin(box, shell, "the second");
    second.say("lock 0");
    await second.until("locked");
    expect(second.signals).toEqual([
      { word: "busy", text: "the first" },
      { word: "locked", text: "the first" },
    ]);
    expect(await second.end()).toBe(0);
    send(first, programFor(file(join(box.host, "two"), { content: "" })));
    await first.until("ended", 2);
    await first.end();
    expect(first.words()).toEqual([
      "held",
      ...["start", "changed", "finished", "ended"],
      ...["start", "changed", "finished", "ended"],
    ]);
  });

  test("is waited for, up to the time given with --lock-wait", async () => {
    const box = sandbox();
    const first = begin(box, shell, "the first");
    first.say("lock 0");
    await first.until("held");
    const second = begin(box, shell, "the second");
    second.say("lock 30");
    await second.until("busy");
    await first.end();
    await second.until("held");
    await second.end();
    expect(second.words()).toEqual(["busy", "held"]);
  });

  test("is free when its session gives it back, and the session goes on", async () => {
    const box = sandbox();
    const [first, second] = [begin(box, shell, "the first"), begin(box, shell, "the second")];
    first.say("lock 0");
    await first.until("held");
    first.say("free");
    send(first, programFor());
    await first.until("ended");
    second.say("lock 0");
    await second.until("held");
    first.say("lock 0");
    await first.until("locked");
    await Promise.all([first.end(), second.end()]);
  });

  test("is free as soon as its holder is killed, and the next run removes what that left behind", async () => {
    const box = sandbox();
    const first = begin(box, shell, "the first");
    first.say("lock 0");
    send(first, programFor(slow(box)));
    await first.until("start");
    first.kill();
    expect(await first.ended).toBe(null);
    expect(readdirSync(box.run).filter((name) => name.startsWith("work."))).toHaveLength(1);
    const second = begin(box, shell, "the second");
    second.say("lock 0");
    send(second, programFor(file(join(box.host, "quick"), { content: "" })));
    await second.until("ended");
    await second.end();
    expect(second.words()).toEqual(["held", "start", "changed", "finished", "ended"]);
    expect(readdirSync(box.run).sort()).toEqual(["holder", "lock"]);
  });

  test("is not free while a program works whose session was killed", async () => {
    const box = sandbox();
    const first = begin(box, shell, "the first");
    first.say("lock 0");
    send(first, programFor(slow(box)));
    await eventually(20, async () => expect(existsSync(join(box.host, "begun"))).toBe(true));
    first.killAlone();
    const second = begin(box, shell, "the second");
    second.say("lock 0");
    await second.until("locked");
    second.say("lock 20");
    writeFileSync(join(box.host, "go"), "");
    await second.until("held");
    await second.end();
  });

  test("is free when the run ends, though a command has left something behind that still runs", async () => {
    const box = sandbox();
    const pid = join(box.host, "pid");
    const first = begin(box, shell, "the first");
    first.say("lock 0");
    const leaves = command("leaves", {
      check: sh`[ -e ${pid} ] || exit 1`,
      run: sh`
        sleep 600 >/dev/null 2>&1 &
        echo $! >${pid}`,
    });
    send(first, programFor(leaves));
    await first.until("ended");
    await first.end();
    const second = begin(box, shell, "the second");
    second.say("lock 0");
    await second.until("held");
    await second.end();
    expect((await box.run) && existsSync(`/proc/${readFileSync(pid, "utf8").trim()}`)).toBe(true);
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  });

  test("is not lost by bytes that were meant for a program that is over: they are no instructions", async () => {
    const box = sandbox();
    const first = begin(box, shell, "the first");
    first.say("lock 0");
    first.write("no\nfree\nrun 5\nlock 0\n");
    send(first, programFor());
    await first.until("ended");
    const second = begin(box, shell, "the second");
    second.say("lock 0");
    await second.until("locked");
    await Promise.all([first.end(), second.end()]);
    expect(first.words()).toEqual(["held", "finished", "ended"]);
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
    const quick = [file(join(box.host, "quick"), { content: "" })];
    expect((await runProgram(box, quick, { shell })).said.at(-1)).toBe("finished");
    writeFileSync(join(box.host, "go"), "");
    const looked = await looking;
    expect([looked.said, looked.text.trim(), looked.stderr]).toEqual([
      ["changed command[look]", "finished"],
      "seen",
      "",
    ]);
  });
});
