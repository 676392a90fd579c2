import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { COMMON, flags, wholeNumber } from "../../scripts/lib/cli.ts";

const before = process.argv;
afterEach(() => {
  process.argv = before;
});

function read(...args: string[]) {
  process.argv = ["node", "script", ...args];
  return flags({
    ...COMMON,
    json: { type: "boolean", default: false },
    limit: { type: "string", short: "l" },
    "lock-wait": { type: "string" },
  }).values;
}

describe("flags", () => {
  test("are read, long and short", () => {
    expect(read("--limit=web", "-i", "x.yaml")).toMatchObject({
      limit: "web",
      inventory: "x.yaml",
      json: false,
    });
  });

  test.each([
    [
      ["--limt", "web"],
      `Unknown option '--limt' (did you mean "--limit"?). Flags: --inventory --help --json --limit --lock-wait`,
    ],
    [["--lockwait=3"], `Unknown option '--lockwait' (did you mean "--lock-wait"?). Flags:`],
    [["--json", "--frobnicate"], "Unknown option '--frobnicate'. Flags:"],
    [["-x"], "Unknown option '-x'. Flags:"],
    [["inventory/five.yaml"], "Unexpected argument 'inventory/five.yaml'. Flags:"],
    [["--limit"], "Option '-l, --limit <value>' argument missing. Flags:"],
  ])("%j is refused", (args, message) => {
    expect(() => read(...args)).toThrow(
      expect.objectContaining({ name: "UsageError", exitCode: 1, message: expect.stringContaining(message) }),
    );
  });
});

describe("a whole number", () => {
  test.each([
    [undefined, undefined],
    ["0", 0],
    ["600", 600],
  ])("%s is %s", (given, number) => {
    expect(wholeNumber("lock-wait", given)).toBe(number);
  });

  test.each(["", " 1", "-1", "1.5", "1e3", "0x10", "ten", "9999999999"])("%j is refused", (given) => {
    expect(() => wholeNumber("lock-wait", given)).toThrow(
      `--lock-wait: found "${given}"; expected a whole number of at least 0`,
    );
  });

  test("may have a least value", () => {
    expect(() => wholeNumber("serial", "0", 1)).toThrow(
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
});
