import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  absent,
  command,
  directory,
  file,
  handler,
  line,
  link,
  release,
  releaseName,
  sh,
} from "../../engine/index.ts";
import { sha256Of } from "../../engine/util/hash.ts";
import { killingAt } from "../helpers/killing.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, type Sandbox, sandbox } from "../helpers/sandbox.ts";

const OLD = "old\n".repeat(1000);
const NEW = "new\n".repeat(2000);

/** Sets up a host where every resource type that works in a sandbox has something to change. */
function wantedOn(box: Sandbox) {
  const at = (name: string) => join(box.host, name);
  const notify = handler("reload it", sh`echo ran >>${at("ran")}`);
  mkdirSync(at("tree"));
  writeFileSync(at("tree/server.js"), "hello\n");
  execFileSync("tar", ["-czf", at("archive.tar.gz"), "-C", at("tree"), "."]);
  const archive = readFileSync(at("archive.tar.gz"));
  const blob = {
    file: at("archive.tar.gz"),
    sha256: sha256Of(archive),
    size: archive.length,
  };
  writeFileSync(at("config"), OLD);
  writeFileSync(at("shared"), OLD);
  writeFileSync(at("gone"), "");
  return {
    resources: [
      directory(at("srv/deep"), { mode: "0700" }),
      file(at("config"), { content: NEW, mode: "0600", notify }),
      line("added", { file: at("shared"), notify }),
      link(at("here"), { to: "config" }),
      absent(at("gone")),
      release(at("app"), { archive: blob, validate: (dir) => sh`[ -f ${dir}/server.js ]` }),
      command("once", { check: sh`[ -e ${at("once")} ] || exit 1`, run: sh`touch ${at("once")}`, notify }),
    ],
    release: releaseName(blob),
  };
}

/** Number of tests. Each tries a share of the boundaries, so that they can run at the same time. */
const SHARES = 4;

describe.skipIf(!canSandbox).concurrent.each(Array.from({ length: SHARES }, (_, share) => share))(
  "a run that is killed, at every boundary of share %i",
  (share) => {
    test("leaves each file old or new, and the next run finishes its work", async ({ onTestFinished }) => {
      let killed = 0;
      for (let at = 1 + share; ; at += SHARES) {
        const box = sandbox(onTestFinished);
        const wanted = wantedOn(box);
        const first = await runProgram(box, wanted.resources, {
          before: killingAt(at, join(box.run, "../boundaries")),
        });
        if (first.code !== null) {
          expect(first.said.at(-1)).toBe("finished");
          break;
        }
        killed++;
        expect([OLD, NEW], `config, killed at ${at}`).toContain(
          readFileSync(join(box.host, "config"), "utf8"),
        );
        expect([OLD, `${OLD}added\n`], `shared, killed at ${at}`).toContain(
          readFileSync(join(box.host, "shared"), "utf8"),
        );
        const current = join(box.host, "app/current");
        if (existsSync(current)) expect(readFileSync(join(current, "server.js"), "utf8")).toBe("hello\n");

        const second = await runProgram(box, wanted.resources);
        expect(second.said.at(-1), `killed at ${at}`).toBe("finished");
        expectDone(box, wanted.release, at);
        box.remove();
      }
      expect(killed).toBeGreaterThan(10);
    });
  },
);

function expectDone(box: Sandbox, name: string, at: number): void {
  const where = `killed at ${at}`;
  const names = ["app", "archive.tar.gz", "config", "here", "once", "ran", "shared", "srv", "tree"];
  expect(readdirSync(box.host).sort(), where).toEqual(names);
  expect(readFileSync(join(box.host, "config"), "utf8"), where).toBe(NEW);
  expect(statSync(join(box.host, "config")).mode & 0o777, where).toBe(0o600);
  expect(readdirSync(join(box.host, "app")).sort(), where).toEqual(["current", "releases"]);
  expect(readdirSync(join(box.host, "app/releases")), where).toEqual([name]);
  expect(readlinkSync(join(box.host, "app/current")), where).toBe(`releases/${name}`);
  expect(readFileSync(join(box.host, "ran"), "utf8"), where).toMatch(/^(ran\n){1,2}$/);
  expect(readdirSync(join(box.lib, "pending")), where).toEqual([]);
  expect(readdirSync(box.run).sort(), where).toEqual([]);
}
