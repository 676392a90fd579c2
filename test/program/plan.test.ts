import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { absent, command, directory, file, handler, line, link, sh } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, Sandbox } from "../helpers/sandbox.ts";

/** States that a path may be in. Random combinations of them make the hosts of this test. */
const SITUATIONS = {
  missing: () => undefined,
  right: (path: string) => writeFileSync(path, "wanted\n", { mode: 0o640 }),
  edited: (path: string) => writeFileSync(path, "edited by hand\n", { mode: 0o640 }),
  open: (path: string) => {
    writeFileSync(path, "wanted\n");
    chmodSync(path, 0o666);
  },
  owned: (path: string) => {
    writeFileSync(path, "wanted\n", { mode: 0o640 });
    chownSync(path, 1, 1);
  },
  linked: (path: string) => symlinkSync("somewhere", path),
  linkedRight: (path: string) => symlinkSync("wanted", path),
} as const;

type Situation = keyof typeof SITUATIONS;

const fileLike = fc.constantFrom<Situation>("missing", "right", "edited", "open", "owned", "linked");
const host = fc.record({
  a: fileLike,
  b: fileLike,
  mode: fc.constantFrom("missing", "0755", "0700"),
  link: fc.constantFrom<Situation>("missing", "linked", "linkedRight"),
  absent: fc.constantFrom<Situation>("missing", "right", "linked"),
  shared: fc.constantFrom("", "line\n", "#line\nother\n", "other\nline\nline\n", "no end"),
  done: fc.boolean(),
  marked: fc.boolean(),
});

function make(box: Sandbox, state: typeof host extends fc.Arbitrary<infer State> ? State : never) {
  const at = (name: string) => join(box.host, name);
  rmSync(box.host, { recursive: true });
  mkdirSync(box.host);
  rmSync(join(box.lib, "pending"), { recursive: true, force: true });
  for (const name of ["a", "b", "link", "absent"] as const) SITUATIONS[state[name]](at(name));
  if (state.mode !== "missing") {
    mkdirSync(at("dir"));
    chmodSync(at("dir"), Number.parseInt(state.mode, 8));
  }
  writeFileSync(at("shared"), state.shared);
  if (state.done) writeFileSync(at("done"), "");
  if (state.marked) {
    mkdirSync(join(box.lib, "pending"), { recursive: true });
    writeFileSync(join(box.lib, "pending/reload%20it"), "");
  }
  const notify = handler("reload it", sh`:`);
  return [
    directory(at("dir"), { mode: "0700" }),
    file(at("dir/inside"), { content: "inside\n" }),
    file(at("a"), { content: "wanted\n", mode: "0640", notify }),
    file(at("b"), { content: "wanted\n", mode: "0640" }),
    link(at("link"), { to: "wanted" }),
    absent(at("absent")),
    line("line", { file: at("shared"), instead: "^#?line$", notify }),
    command("done", { check: sh`[ -e ${at("done")} ] || exit 1`, run: sh`touch ${at("done")}` }),
  ];
}

const foreseen = (said: readonly string[]) =>
  said
    .filter((line) => !line.startsWith("waiting"))
    .map((line) => line.replace(/^handler-due/, "handler-done"));
const done = (said: readonly string[]) => said.filter((line) => !/^(start|handler-start)/.test(line));

describe.skipIf(!canSandbox)("the plan", () => {
  test("is exactly what a run then does, from any state of the host, and the next run has nothing to do", async () => {
    const box = new Sandbox();
    try {
      await fc.assert(
        fc.asyncProperty(host, fc.constantFrom("dash", "bash", "busybox sh"), async (state, shell) => {
          const wanted = make(box, state);
          const planned = await runProgram(box, wanted, { shell, mode: "check" });
          const applied = await runProgram(box, wanted, { shell });
          expect(done(applied.said)).toEqual(foreseen(planned.said));
          const changes = ({ signals }: typeof planned) => signals.filter(({ word }) => word === "changed");
          expect(changes(applied)).toEqual(changes(planned));
          const after = await runProgram(box, wanted, { shell });
          expect(after.said.filter((line) => !line.startsWith("ok"))).toEqual(["finished"]);
        }),
        { numRuns: 60 },
      );
    } finally {
      box.remove();
    }
  });
});
