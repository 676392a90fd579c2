import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { absent, directory, file, line, link, release, text, verbatim } from "../../engine/index.ts";
import { runProgram } from "../helpers/program.ts";
import { canSandbox, sandbox } from "../helpers/sandbox.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

const ODD_NAMES = [
  "with space",
  " leading and trailing ",
  'it\'s "quoted"',
  "$HOME `id` $(id) ${x}",
  "star * and ? and [a]",
  "back\\slash\\n",
  "-rf",
  "~",
  "semi;colon & pipe | hash # paren ) (",
  "naïve-日本-🙂",
  "percent %s %n",
  "carriage\rreturn",
  "END_OF_OBSERVATIONS",
];

describe.skipIf(!canSandbox).each(SHELLS)("files of any name, in %s", (shell) => {
  needsShell(shell);
  test("are made, recognised and removed, and never confused", async () => {
    const box = sandbox();
    const all = ODD_NAMES.flatMap((name) => [
      directory(join(box.host, `${name}.d`)),
      file(join(box.host, `${name}.d`, name), { content: name }),
      link(join(box.host, `${name}.link`), { to: name }),
    ]);
    const first = await runProgram(box, all, { shell });
    expect(first.said.filter((said) => !/^(start|changed)/.test(said))).toEqual(["finished"]);
    const second = await runProgram(box, all, { shell });
    expect(second.said.filter((said) => !said.startsWith("ok"))).toEqual(["finished"]);
    for (const name of ODD_NAMES) expect(readFileSync(join(box.host, `${name}.d`, name), "utf8")).toBe(name);

    const gone = await runProgram(
      box,
      ODD_NAMES.map((name) => absent(join(box.host, `${name}.link`))),
      { shell },
    );
    expect(gone.said.filter((said) => said.startsWith("changed"))).toHaveLength(ODD_NAMES.length);
  });

  test.each([
    ["no newline at the end", "a\nb"],
    ["empty", ""],
    ["CRLF", "a\r\nb\r\n"],
    ["only newlines", "\n\n\n"],
    ["backslashes, percents and tabs", "\\n \\0 %s\t\\\\ \t\n"],
    ["UTF-8", "ä 日本 🙂\u00a0\u2028\n"],
    ["text that looks like the engine's own", "END_OF_OBSERVATIONS\n$(id) `id`\n' \" }\nmain\n"],
    ["a byte order mark", "\ufeffa\n"],
    ["more than 1 MB", `${"0123456789abcdef'\n".repeat(70_000)}end`],
  ])("content: %s", async (_, content) => {
    const box = sandbox();
    const path = join(box.host, "content");
    const wanted = [file(path, { content: verbatim(content) })];
    expect((await runProgram(box, wanted, { shell })).said).toContain("changed file[content]");
    expect(readFileSync(path, "utf8") === content).toBe(true);
    expect((await runProgram(box, wanted, { shell })).said).toEqual(["ok file[content]", "finished"]);
  });
});

describe("a declaration that cannot be sent is refused at once, and the error names the resource:", () => {
  test.each([
    [
      "a name with a line break",
      () => file("/a\nb", { content: "" }),
      /^file\["\/a\\nb"\]: a name cannot hold a tab, a line break or a NUL byte$/,
    ],
    ["a name with a tab", () => directory("/a\tb"), /^directory\["\/a\\tb"\]: a name cannot hold/],
    ["a name with a NUL byte", () => directory("/a\0b"), /^directory\["\/a\\u0000b"\]: a name cannot hold/],
    [
      "content with a NUL byte",
      () => file("/a", { content: "x\0y" }),
      /^file\[\/a\]: found a NUL byte in its content/,
    ],
    ["a template's value with a NUL byte", () => file("/a", { content: text`${"x\0y"}` }), /NUL byte/],
    [
      "a relative path in file",
      () => file("etc/motd", { content: "" }),
      /^file\[etc\/motd\]: expected an absolute path$/,
    ],
    [
      "a file named like an option",
      () => file("-exec", { content: "" }),
      /^file\[-exec\]: expected an absolute path$/,
    ],
    ["a relative path in directory", () => directory("srv"), /^directory\[srv\]: expected an absolute path$/],
    ["a relative path in link", () => link("srv", { to: "x" }), /^link\[srv\]: expected an absolute path$/],
    [
      "a link to a name with a line break",
      () => link("/srv", { to: "a\nb" }),
      /^link\[\/srv\]: .*line break/,
    ],
    ["a relative path in absent", () => absent("srv"), /^absent\[srv\]: expected an absolute path$/],
    [
      "a line in a file with a relative path",
      () => line("x", { file: "motd" }),
      /^line\[x\]: expected an absolute path as its file, found motd$/,
    ],
    [
      "a relative path in release",
      () => release("srv", { archive: { file: "", sha256: "0".repeat(64), size: 0 } }),
      /^release\[srv\]: expected an absolute path$/,
    ],
  ])("%s", (_, declare, message) => {
    expect(declare).toThrow(
      expect.objectContaining({ name: "CompileError", message: expect.stringMatching(message) }),
    );
  });
});
