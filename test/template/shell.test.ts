import { spawnSync } from "node:child_process";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret, text, verbatim } from "../../engine/index.ts";
import { lines, quote, type Shell, sh } from "../../engine/template/shell.ts";
import { needsShell, SHELLS } from "../helpers/shells.ts";

/** These words as a shell understands them. */
function wordsIn(shell: string, words: readonly string[]): string[] {
  const [program = "", ...args] = shell.split(" ");
  const input = sh`for word in ${words}; do printf '%s\0' "$word"; done`.reveal();
  const { stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 1 << 24 });
  expect(stderr.toString()).toBe("");
  return stdout.toString("utf8").split("\0").slice(0, -1);
}

describe.each(SHELLS)("a word, in %s", (shell) => {
  needsShell(shell);
  test.each([
    ["empty", ""],
    ["with single quotes", "it's ''quoted''"],
    ["of quotes only", "'\"'\"''"],
    ["with a line break", "a\nb\n\n"],
    ["with carriage returns and tabs", "a\r\n\tb\v\f"],
    ["with dollars", "$HOME ${x} $(id) $((1)) $$ $'x'"],
    ["with backticks", "`id` \\`"],
    ["with backslashes", "\\ \\\\ \\n \\' \\"],
    ["with leading dashes", "-n"],
    ["that looks like the end of options", "--"],
    ["with spaces around", "  a  "],
    ["with globs", "* ? [a-z] {a,b} ~ ~root !"],
    ["of a star only", "*"],
    ["of a tilde only", "~"],
    ["that is a glob of existing files", "/etc/*"],
    ["with operators", "; & | && || < > ( ) # ! \n#"],
    ["with history characters", "!! !$ ^a^b"],
    ["in another writing system", "naïve 日本語 🙂 \u202e\u00a0\u2028"],
    ["that looks like an assignment", "PATH=/tmp"],
    ["that is a keyword", "done"],
    ["very long", "x'y ".repeat(100_000)],
  ])("%s arrives unchanged", (_, word) => {
    expect(wordsIn(shell, [word, "next"])).toEqual([word, "next"]);
  });

  test("arrives unchanged, whatever it is", () => {
    const word = fc
      .string({ unit: "binary" })
      .filter((value) => !value.includes("\0") && Buffer.from(value).toString() === value);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        expect(wordsIn(shell, words)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
});

describe("sh", () => {
  const key = new Secret("KEY", "it's secret");

  test.each<[string, Shell, string]>([
    ["a plain word stays readable", sh`cat ${"/etc/motd"}`, "cat /etc/motd"],
    ["a list becomes words", sh`rm ${["a b", "c"]}`, "rm 'a b' c"],
    ["an empty list becomes nothing", sh`rm ${[]}`, "rm"],
    ["false and undefined become nothing", sh`a ${false}${undefined} b`, "a  b"],
    ["a number", sh`exit ${3}`, "exit 3"],
    ["zero is a number", sh`exit ${0}`, "exit 0"],
    ["other shell is inserted as it is", sh`${sh`a | b`} && c`, "a | b && c"],
    ["a list of shell", sh`${[sh`"$a"`, "b c"]}`, `"$a" 'b c'`],
    ["a secret is one word", sh`login ${key}`, "login 'it'\\''s secret'"],
    ["a text is one word", sh`printf %s ${text`a ${key}`}`, "printf %s 'a it'\\''s secret\n'"],
    [
      "backslashes stay for the shell",
      sh`printf 'a\tb\n' \
      c`,
      "printf 'a\\tb\\n' \\\nc",
    ],
    ["an escaped dollar brace stays for the shell", sh`echo "\${x:-y}"`, 'echo "${x:-y}"'],
    [
      "lines lose their common indent",
      sh`
        if a; then
          b
        fi`,
      "if a; then\n  b\nfi",
    ],
  ])("%s", (_, shell, raw) => {
    expect(shell.reveal()).toBe(raw);
  });

  test("the lines of a value keep their own indent", () => {
    const shell = sh`
      cat ${"a\n    b\n"}
      x`;
    expect(shell.reveal()).toBe("cat 'a\n    b\n'\nx");
  });

  test("a NUL byte is refused", () => {
    expect(() => quote("a\0b")).toThrow("NUL");
  });

  test("lines() leaves out false and undefined", () => {
    expect(lines([sh`a`, false, undefined, sh`b`]).reveal()).toBe("a\nb");
  });

  test("every rendering is masked, except the one that is run", () => {
    const shell = lines([sh`login ${key} ${verbatim("x")} ${text`${key}`}`, sh`${sh`nested ${[key]}`}`]);
    const shown = [
      shell.masked,
      String(shell),
      `${shell}`,
      inspect(shell),
      inspect({ shell }),
      JSON.stringify(shell),
    ];
    for (const rendering of shown) expect(rendering).not.toContain("it's");
    expect(shell.masked).toBe("login '[secret KEY]' x '[secret KEY]\n'\nnested '[secret KEY]'");
  });
});
