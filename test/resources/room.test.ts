import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  apt,
  directory,
  dpkg,
  file,
  fileSet,
  handler,
  line,
  link,
  type Resource,
  release,
  sh,
  text,
} from "../../engine/index.ts";
import { sha256Of } from "../../engine/util/hash.ts";
import { hasApt, packagesOf, withPackages } from "../helpers/packages.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** Shell that puts a file system over a place, with what was there, and fills it up. */
const WAYS = {
  bytes: (place: string) =>
    full(place, "size=64k", `head -c 1000000 /dev/zero >"${place}/filling" 2>/dev/null || :`),
  inodes: (place: string) =>
    full(
      place,
      "size=16m,nr_inodes=64",
      `i=0; while true >"${place}/filling-$i"; do i=$((i + 1)); done 2>/dev/null`,
    ),
} as const;

const LONG = "x".repeat(50_000);

describe.skipIf(!canSandbox).each(SHELLS)("where there is no room, in %s", (shell) => {
  needsShell(shell);

  describe.skipIf(!hasApt)("apt", () => {
    const PLACES = ["/tmp", "/var/lib/apt/lists", "/var/cache/apt", "/var/lib/dpkg"];
    test.each(PLACES.flatMap((place) => [[place, "bytes"] as const, [place, "inodes"] as const]))(
      "does not begin if %s has no %s left; plan and run name the place",
      async (place, way) => {
        const box = sandbox();
        const ready = withPackages(box, [{ name: "editor" }]);
        const before = `${ready}\n${WAYS[way](place)}`;
        const plan = await runProgram(box, [apt("editor")], { shell, before, mode: "check" });
        expect(plan.said).toEqual(["failed apt[editor] plan 1", "finished"]);
        const { said, text } = await runProgram(box, [apt("editor")], { shell, before });
        expect(said).toEqual(["start apt[editor]", "failed apt[editor] apply 1"]);
        const found = way === "bytes" ? "0 MiB and \\d+ inodes" : "\\d+ MiB and 0 inodes";
        for (const words of [plan.text, text])
          expect(words).toMatch(
            new RegExp(
              `^\\s*${place}: found ${found} free; expected at least \\d+ MiB and \\d+ inodes\\. Make room`,
            ),
          );
        expect(packagesOf(box)).toEqual([]);
        expect((await runProgram(box, [apt("editor")], { shell, before: ready })).code).toBe(0);
      },
    );

    test("is not called, and nothing is looked at, if there is nothing to do", async () => {
      const box = sandbox();
      const before = withPackages(box, [{ name: "editor" }]);
      await runProgram(box, [apt("editor")], { shell, before });
      const wanted = [dpkg("whole"), apt("editor")];
      const { said } = await runProgram(box, wanted, { shell, before: `${before}\n${WAYS.inodes("/tmp")}` });
      expect(said).toEqual(["ok dpkg[whole]", "ok apt[editor]", "finished"]);
    });
  });

  test("a release is not begun, and says how much it needs", async () => {
    const box = sandbox();
    const at = join(box.host, "disk");
    const wanted = [release(join(at, "app"), { archive: pack(box) })];
    const before = `mkdir ${at}; mount -t tmpfs -o size=1m none ${at}`;
    const { said, text } = await runProgram(box, wanted, { shell, before });
    expect(said.at(-1)).toBe("failed release[disk/app] apply 1");
    expect(text).toMatch(/disk\/app: found \d MiB and \d+ inodes free; expected at least 4 MiB and 2 inodes/);
  });

  test("an archive is not asked for if /run cannot hold it", async () => {
    const box = sandbox();
    const wanted = [release(join(box.host, "app"), { archive: pack(box) })];
    const { said, text } = await runProgram(box, wanted, { shell, before: WAYS.bytes("/run") });
    expect(said).toEqual(["start release[app]", "failed release[app] apply 1"]);
    expect(text).toContain("/run/quintet: found 0 MiB");
  });

  test("a failure whose words are lost, because /run is full, says that", async () => {
    const box = sandbox();
    const wanted = [file(join(box.host, "motd"), { content: "", validate: () => sh`echo no; false` })];
    const { said, text } = await runProgram(box, wanted, { shell, before: WAYS.bytes("/run") });
    expect(said.at(-1)).toBe("failed file[motd] apply 1");
    expect(text).toContain("/run/quintet: found 0 MiB");
  });

  test("a handler cannot be noted: the resource is left as it is", async () => {
    const box = sandbox();
    const at = (name: string) => join(box.host, name);
    const wanted = [file(at("noted"), { content: "", notify: handler("reload it", sh`:`) })];
    const { code, said, text } = await runProgram(box, wanted, {
      shell,
      before: WAYS.inodes("/var/lib/quintet/pending"),
    });
    expect([code, said]).toEqual([3, ["failed file[noted] apply 1", "left"]]);
    expect(text).toMatch(/\/var\/lib\/quintet\/pending\/reload%20it: .*No space left on device/);
    expect(existsSync(at("noted"))).toBe(false);
  });

  const each: readonly [string, (at: string) => Resource][] = [
    ["a file", (at) => file(join(at, "x"), { content: LONG })],
    ["a line", (at) => line("hello", { file: join(at, "x-there") })],
    [
      "a set of files",
      (at) => fileSet("s", { files: { [join(at, "x")]: text`${LONG}` }, validate: sh`true` }),
    ],
    ["a directory", (at) => directory(join(at, "x"))],
    ["a link", (at) => link(join(at, "x"), { to: "elsewhere" })],
  ];
  test.each(each)("%s says which path could not be written", async (_, resource) => {
    const box = sandbox();
    const at = join(box.host, "disk");
    mkdirSync(at);
    writeFileSync(join(at, "x-there"), "");
    const { said, text } = await runProgram(box, [resource(at)], { shell, before: WAYS.inodes(at) });
    expect(said.at(-1)).toMatch(/^failed \S+ apply 1$/);
    expect(text).toMatch(/host\/disk\/\S*x\S*'?: No space left on device/);
  });
});

/** An archive whose files take 3 MiB when they are unpacked. */
function pack(box: Sandbox) {
  const folder = join(box.host, "packed");
  mkdirSync(folder);
  writeFileSync(join(folder, "server.js"), Buffer.alloc(3 << 20));
  const archive = join(box.host, "archive.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", folder, "."]);
  const content = readFileSync(archive);
  return { file: archive, sha256: sha256Of(content), size: content.length };
}

/** The real /tmp of this computer may be large. What is in it is not needed. */
function full(place: string, options: string, fill: string): string {
  return `
    kept=$(mktemp -d -p /dev/shm)
    mkdir -p "${place}"
    [ "${place}" = /tmp ] || cp -a "${place}/." "$kept"
    mount -t tmpfs -o ${options} none "${place}" || exit 9
    cp -a "$kept/." "${place}"
    rm -r "$kept"
    ${fill}`;
}
