import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Blob, release, releaseName, sh } from "../../engine/index.ts";
import { sha256Of } from "../../engine/util/hash.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

describe.skipIf(!canSandbox).each(SHELLS)("release, in %s", (shell) => {
  needsShell(shell);
  test("is unpacked, made current in one step, and not sent again", async () => {
    const box = sandbox();
    const archive = pack(box, "one");
    const wanted = [release(join(box.host, "app"), { archive })];
    const checked = await runProgram(box, wanted, { shell, mode: "check" });
    expect(checked.said).toEqual(["changed release[app]", "finished"]);
    const first = await runProgram(box, wanted, { shell });
    expect(first.said).toEqual([
      "start release[app]",
      "need release[app]",
      "changed release[app]",
      "finished",
    ]);
    expect(served(box)).toBe("one\n");
    expect(statSync(join(box.host, "app/current/server.js"))).toMatchObject({ uid: 0, gid: 0 });
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok release[app]", "finished"]);
  });

  test("keeps the given number of newest releases, and can go back to one of them", async () => {
    const box = sandbox();
    const archives = ["one", "two", "three", "four"].map((content) => pack(box, content));
    const run = (archive: Blob) =>
      runProgram(box, [release(join(box.host, "app"), { archive, keep: 2 })], { shell });
    for (const archive of archives) await run(archive);
    const [, , third, fourth] = archives as [Blob, Blob, Blob, Blob];
    expect(readdirSync(join(box.host, "app/releases")).sort()).toEqual(
      [third, fourth].map(releaseName).sort(),
    );
    await run(third);
    expect(served(box)).toBe("three\n");
  });

  test("does not become current if its validator refuses it", async () => {
    const box = sandbox();
    await runProgram(box, [release(join(box.host, "app"), { archive: pack(box, "good") })], { shell });
    const validate = (dir: Parameters<NonNullable<Parameters<typeof release>[1]["validate"]>>[0]) =>
      sh`grep -q good ${dir}/server.js || { echo "it does not start"; exit 1; }`;
    const { said, text } = await runProgram(
      box,
      [release(join(box.host, "app"), { archive: pack(box, "bad"), validate })],
      { shell },
    );
    expect(said.at(-1)).toBe("failed release[app] apply 1");
    expect(text).toContain("it does not start");
    expect(served(box)).toBe("good\n");
    expect(readdirSync(join(box.host, "app/releases"))).toHaveLength(1);
  });

  test("is not unpacked if it arrives damaged", async () => {
    const box = sandbox();
    const archive = pack(box, "one");
    writeFileSync(archive.file, Buffer.alloc(archive.size));
    const { said, text } = await runProgram(box, [release(join(box.host, "app"), { archive })], { shell });
    expect(said.at(-1)).toBe("failed release[app] apply 1");
    expect(text).toContain(`expected ${archive.size} bytes with SHA-256 ${archive.sha256}`);
    expect(readdirSync(box.host)).not.toContain("app");
  });

  test("becomes current again if the link leads elsewhere", async () => {
    const box = sandbox();
    const wanted = [release(join(box.host, "app"), { archive: pack(box, "one") })];
    await runProgram(box, wanted, { shell });
    rmSync(join(box.host, "app/current"));
    symlinkSync("/nowhere", join(box.host, "app/current"));
    expect((await runProgram(box, wanted, { shell })).said.at(-2)).toBe("changed release[app]");
    expect(served(box)).toBe("one\n");
  });
});

function pack(box: Sandbox, content: string): Blob {
  const tree = join(box.host, `tree-${content}`);
  const file = join(box.host, `${content}.tar.gz`);
  mkdirSync(tree);
  writeFileSync(join(tree, "server.js"), `${content}\n`);
  execFileSync("tar", ["-czf", file, "--owner=1000", "--group=1000", "-C", tree, "."]);
  const bytes = readFileSync(file);
  return { file, sha256: sha256Of(bytes), size: bytes.length };
}

function served(box: Sandbox): string {
  const app = join(box.host, "app");
  return readFileSync(join(app, readlinkSync(join(app, "current")), "server.js"), "utf8");
}
