import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { wholeNumber } from "../../scripts/lib/cli.ts";
import { define, helpOf, parse } from "../../scripts/lib/command.ts";
import { INVENTORY, LIMIT, ROLE } from "../../scripts/lib/flags.ts";
import { scratch } from "../helpers/scratch.ts";

const definition = define({
  name: "try",
  summary: "Tries things out.",
  args: [{ name: "[host]", help: "where" }],
  flags: {
    inventory: INVENTORY,
    role: ROLE,
    json: { flags: "--json", help: "as JSON" },
    limit: LIMIT,
    lockWait: { flags: "--lock-wait <seconds>", help: "so long", parse: wholeNumber("lock-wait") },
  },
  examples: [["npm run try -- --json", "all of it"]],
  exitCodes: { 0: "done", 130: "interrupted" },
});

function read(...args: string[]) {
  const given = parse(definition, args);
  if (given === "help") throw new Error("help");
  return given;
}

describe("flags", () => {
  test("are read, long and short; what is not given is its default, false, nothing or an empty list", () => {
    expect(read("--limit=web", "-i", "x.yaml", "--lock-wait", "5").flags).toEqual({
      inventory: "x.yaml",
      role: [],
      json: false,
      limit: "web",
      lockWait: 5,
    });
    expect(read("web-01")).toEqual({
      flags: {
        inventory: "inventory/five.yaml",
        role: [],
        json: false,
        limit: undefined,
        lockWait: undefined,
      },
      args: ["web-01"],
    });
  });

  test("that are lists take commas, and may be given again", () => {
    expect(read("-r", "nginx,app", "--role", "mysql").flags.role).toEqual(["nginx", "app", "mysql"]);
  });

  test.each([
    [["--limt", "web"], `unknown option '--limt' (did you mean "--limit"?); npm run try -- --help says`],
    [
      ["--lockwait=3"],
      `unknown option '--lockwait=3' (did you mean "--lock-wait"?); npm run try -- --help says what there is`,
    ],
    [["--json", "--frobnicate"], "unknown option '--frobnicate'; npm run try -- --help says"],
    [["-x"], "unknown option '-x'; npm run try"],
    [["web-01", "inventory/five.yaml"], "too many arguments. Expected 1 argument but got 2"],
    [["--limit"], "option '-l, --limit <list>' argument missing; npm run try"],
    [["--lock-wait", "soon"], '--lock-wait: found "soon"; expected a whole number of at least 0'],
  ])("%j is refused", (args, message) => {
    expect(() => read(...args)).toThrow(
      expect.objectContaining({ name: "UsageError", exitCode: 1, message: expect.stringContaining(message) }),
    );
  });

  test("behind the first argument belong to somebody else where a command says so", () => {
    const other = {
      ...definition,
      args: [
        { name: "<host>", help: "" },
        { name: "[command...]", help: "" },
      ],
      passThrough: true,
    } as const;
    expect(parse(other, ["--json", "web-01", "ls", "-l", "--json"])).toMatchObject({
      flags: { json: true },
      args: ["web-01", "ls", "-l", "--json"],
    });
    expect(() => parse(other, [])).toThrow("missing required argument 'host'");
  });

  test("--help has flags, defaults, an example and exit codes", () => {
    expect(parse(definition, ["-h"])).toBe("help");
    expect(helpOf(definition)).toBe(
      [
        "Usage: npm run try -- [flags] [host]",
        "",
        "Tries things out.",
        "",
        "Arguments:",
        "  host                    where",
        "",
        "Options:",
        '  -i, --inventory <file>  hosts and groups (default: "inventory/five.yaml")',
        "  -r, --role <role>       only this role; several with commas, or given again",
        "  --json                  as JSON",
        "  -l, --limit <list>      only these hosts, groups or globs, separated by",
        "                          commas; ! takes one away: web,!web-02",
        "  --lock-wait <seconds>   so long",
        "  -h, --help              this text",
        "",
        "Examples:",
        "  npm run try -- --json  all of it",
        "",
        "Exit codes:",
        "  0    done",
        "  130  interrupted",
      ].join("\n"),
    );
  });
});

describe("a whole number", () => {
  test.each([
    ["0", 0],
    ["600", 600],
  ])("%s is %s", (given, number) => {
    expect(wholeNumber("lock-wait")(given)).toBe(number);
  });

  test.each(["", " 1", "-1", "1.5", "1e3", "0x10", "ten", "9999999999"])("%j is refused", (given) => {
    expect(() => wholeNumber("lock-wait")(given)).toThrow(
      `--lock-wait: found "${given}"; expected a whole number of at least 0`,
    );
  });

  test("may have a least value", () => {
    expect(() => wholeNumber("serial", 1)("0")).toThrow(
      '--serial: found "0"; expected a whole number of at least 1',
    );
  });
});

describe("a script", () => {
  const script = (body: string) =>
    spawnSync(
      process.execPath,
      [
        "--import",
        "tsx",
        "--input-type=module",
        "-e",
        `import { main } from "./scripts/lib/cli.ts"; import { UnreachableError } from "./engine/util/errors.ts"; await main(async () => { ${body} });`,
      ],
      { encoding: "utf8" },
    );

  test.each([
    ["ends with the code it answers", "return 5;", 5, /^$/],
    [
      "prints what is meant for people without a stack",
      'throw new UnreachableError("web-01 is away");',
      4,
      /^quintet: web-01 is away\n$/,
    ],
    ["prints the stack of what is a mistake of its own", 'throw new Error("bug");', 1, /Error: bug\n\s+at /],
  ])("%s", (_, body, code, said) => {
    const { status, stderr } = script(body);
    expect([status, said.test(stderr)]).toEqual([code, true]);
  });

  const inShell = (body: string, line: string) => {
    const file = join(scratch(), "script.mts");
    const cli = resolve("scripts/lib/cli.ts");
    writeFileSync(file, `import { main } from ${JSON.stringify(cli)}; await main(async () => { ${body} });`);
    const { stdout, stderr } = spawnSync("bash", ["-c", line, "bash", file], { encoding: "utf8" });
    return { stdout, stderr };
  };
  const RUN = 'node --import tsx "$1"';
  const LONG = 'for (let n = 0; n < 50_000; n++) console.log("line " + n);';

  test.each([
    ["goes on when its reader has gone, and does not end with 0", LONG, 0, 141],
    ["goes on when its reader has gone, and ends with its own exit code", LONG, 3, 3],
  ])("%s", (_, body, own, code) => {
    const { stdout, stderr } = inShell(
      `${body} console.error("at the end"); return ${own};`,
      `${RUN} | head -n 1; echo "\${PIPESTATUS[0]}"`,
    );
    expect(stdout).toBe(`line 0\n${code}\n`);
    expect(stderr).toContain("at the end");
  });

  test.each([
    [0, 1],
    [4, 4],
  ])(
    "whose output is lost on a full disk says so, and ends with its own exit code: %i is %i",
    (own, code) => {
      const { stdout, stderr } = inShell(`console.log("x"); return ${own};`, `${RUN} >/dev/full; echo $?`);
      expect(stdout).toBe(`${code}\n`);
      if (own === 0) expect(stderr).toContain("not all of the output could be written");
    },
  );
});
