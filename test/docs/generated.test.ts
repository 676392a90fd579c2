import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "../../scripts/lib/command.ts";
import { COMMANDS } from "../../scripts/lib/commands.ts";
import { pages } from "../../scripts/lib/docs/pages.ts";
import { commandsIn, recorded } from "../../scripts/lib/docs/record.ts";

test.each([...pages()])("%s is what npm run docs makes of the code", (file, made) => {
  expect(readFileSync(file, "utf8")).toBe(made);
});

test("every script of package.json that takes flags describes itself", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  const ours = Object.entries(scripts).filter(([, command]) => command.startsWith("node "));
  expect(COMMANDS.map(({ name }) => name).sort()).toEqual(ours.map(([name]) => name).sort());
});

const EXAMPLES = COMMANDS.flatMap((command) => command.examples.map(([line]) => [line, command] as const));
test.each(EXAMPLES)("the example is one that its command takes: %s", (line, command) => {
  const [, name = "test", said = ""] =
    /npm (?:test|run (?:-s )?(\S+))(?: -- ([^|)]*))?/.exec(line) ?? expect.fail("no npm");
  expect(name).toBe(command.name);
  const words = [...said.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, ...each]) => each.join(""));
  expect(parse(command, words)).not.toBe("help");
});

test("a recorded page has each command's output in the place of the old one, and the day", () => {
  const page = [
    "On <!-- recorded on -->2020-01-01<!-- -->.",
    "```console",
    "$ echo one; echo two >&2",
    "old",
    "",
    "$ for n in 1 2; do",
    "    echo $n",
    "  done",
    "old",
    "$ false",
    "```",
    "```sh",
    "$ echo not me",
    "```",
  ].join("\n");
  const told: string[] = [];
  expect(recorded(page, "2026-11-27", (command) => told.push(command))).toBe(
    [
      "On <!-- recorded on -->2026-11-27<!-- -->.",
      "```console",
      "$ echo one; echo two >&2",
      "one",
      "two",
      "$ for n in 1 2; do",
      "    echo $n",
      "  done",
      "1",
      "2",
      "$ false",
      "",
      "```",
      "```sh",
      "$ echo not me",
      "```",
    ].join("\n"),
  );
  expect(told).toHaveLength(3);
});

test("every command of docs/infrastructure.md can be run again", () => {
  const blocks = readFileSync("docs/infrastructure.md", "utf8").matchAll(/^```console\n([\s\S]*?)^```$/gm);
  const commands = [...blocks].flatMap(([, block = ""]) => commandsIn(block));
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter((command) => command.includes("…"))).toEqual([]);
});

test("a page is not recorded without a command that it uses", () => {
  const page = "```console\n$ no-such-command-9 -x\nwhat it said\n```";
  expect(() => recorded(page, "2026-11-27", () => {})).toThrow(
    /no-such-command-9: command not found\n.*Install it/s,
  );
});
