import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { COMMANDS } from "../../scripts/lib/commands.ts";

let root = "";

/** A checkout with a script of two files, one of which says where it stands. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "quintet-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "scripts"));
  for (const file of ["scripts/lib/start.mjs", "scripts/lib/bundle.mjs", "package.json", "package-lock.json"])
    cpSync(file, join(root, file));
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  write(
    "scripts/greet.ts",
    'import { word } from "../word.ts";\nconsole.log(word, process.argv.slice(2).join(" "));\n',
  );
  write(
    "word.ts",
    'import chalk from "chalk";\nexport const word: string = chalk.reset(import.meta.dirname);\n',
  );
});

const write = (file: string, content: string) => writeFileSync(join(root, file), content);
const start = (env: NodeJS.ProcessEnv = {}) => {
  const options = { encoding: "utf8", env: { ...process.env, FORCE_COLOR: "0", ...env } } as const;
  return spawnSync("node", [join(root, "scripts/lib/start.mjs"), "greet", "--name", "me"], options);
};
const kept = () => readdirSync(join(root, ".quintet/start")).sort();

describe("starting a script", () => {
  test.each([
    ["keeps it in one place", {}, 2],
    ["runs the sources when it is told to", { QUINTET_START: "source" }, 0],
  ])("%s, and it is the same script with the same flags", (_, env, files) => {
    expect(start(env)).toMatchObject({ stdout: `${root} --name me\n`, stderr: "", status: 0 });
    if (files > 0) expect(kept()).toEqual([expect.stringMatching(/^greet-[0-9a-f]{16}$/), "greet.json"]);
    expect(start(env).stdout).toBe(`${root} --name me\n`);
  });

  test("reads the kept file and no source while nothing has changed", () => {
    start();
    const [folder = ""] = kept();
    write(`.quintet/start/${folder}/greet.js`, 'console.log("kept");');
    expect(start().stdout).toBe("kept\n");
  });

  test("keeps what V8 compiled once it has worked for a while, and again where that is of no use", () => {
    const begun = Date.now();
    start();
    const [folder = ""] = kept();
    const files = () => readdirSync(join(root, ".quintet/start", folder)).sort();
    // On a computer with much to do this start, too, takes as long as one that works.
    if (Date.now() - begun < 400) expect(files()).toEqual(["greet.js"]);
    write("word.ts", `${readFileSync(join(root, "word.ts"), "utf8")}setTimeout(() => undefined, 500);\n`);
    start();
    const [busy = ""] = kept().filter((name) => ![folder, "greet.json"].includes(name));
    const compiled = `.quintet/start/${busy}/greet.js.compiled`;
    expect(statSync(join(root, compiled)).size).toBeGreaterThan(1000);
    write(compiled, "of no use");
    expect(start()).toMatchObject({ stdout: `${root} --name me\n`, stderr: "", status: 0 });
    expect(statSync(join(root, compiled)).size).toBeGreaterThan(1000);
  });

  test("loads a package late as well, with what V8 compiled", () => {
    const late = 'setTimeout(async () => console.log(typeof (await import("@peculiar/x509")).Name), 500);';
    write("word.ts", `import "reflect-metadata";\nexport const word = "late:";\n${late}\n`);
    for (let n = 0; n < 3; n++)
      expect(start()).toMatchObject({ stdout: "late: --name me\nfunction\n", stderr: "", status: 0 });
  });

  test("sees a change of any source, and what it kept before goes when nobody can be using it", () => {
    start();
    const [folder = ""] = kept();
    write("word.ts", 'export const word = "changed";\n');
    expect(start().stdout).toBe("changed --name me\n");
    expect(kept()).toHaveLength(3);
    utimesSync(join(root, ".quintet/start", folder), 0, 0);
    write("word.ts", 'export const word = "again";\n');
    expect(start().stdout).toBe("again --name me\n");
    expect(kept()).toEqual([expect.anything(), expect.anything(), "greet.json"]);
    expect(kept()).not.toContain(folder);
  });

  test("says where a source is wrong", () => {
    write("word.ts", "export const word = ;\n");
    const { status, stderr } = start();
    expect([status, stderr]).toEqual([1, expect.stringMatching(/word\.ts:1:2[01]: ERROR: Unexpected ";"/)]);
  });

  test("works where nothing can be kept", () => {
    write(".quintet", "a file");
    expect(start()).toMatchObject({ stdout: `${root} --name me\n`, status: 0 });
  });

  test("works while others start it for the first time too", () => {
    const all = 'for n in 1 2 3 4; do node "$0" greet $n & done; wait';
    const said = execFileSync("sh", ["-c", all, join(root, "scripts/lib/start.mjs")], { encoding: "utf8" });
    expect(said.trim().split("\n").sort()).toEqual([1, 2, 3, 4].map((n) => `${root} ${n}`));
  });
});

// A start that cannot keep its script runs the sources, which takes three times as long and which nobody would notice.
test.each(COMMANDS.map(({ name }) => name).filter((name) => !name.startsWith("test")))(
  "the script of npm run %s can be kept as one file",
  async (name) => {
    const { bundle } = (await import("../../scripts/lib/bundle.mjs" as string)) as {
      bundle: (root: string, source: string, place: string, stampOf: () => string) => Promise<string>;
    };
    const file = await bundle(
      resolve("."),
      resolve(`scripts/${name}.ts`),
      join(root, `kept/${name}`),
      () => "",
    );
    expect(statSync(file).size).toBeGreaterThan(10_000);
  },
);
