import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Secret, type Text, text, verbatim } from "../../engine/index.ts";

const key = new Secret("KEY", "hunter2-hunter2");

describe("text", () => {
  test.each<[string, Text, string]>([
    ["ends in one line break", text`a`, "a\n"],
    [
      "loses the indent its lines share, and keeps the rest",
      text`
        a
          b

        c
      `,
      "a\n  b\n\nc\n",
    ],
    [
      "has as margin that of the least indented line",
      text`
          a
        b
      `,
      "  a\nb\n",
    ],
    [
      "keeps empty lines of less indent than the margin",
      text`
        a

        b`,
      "a\n\nb\n",
    ],
    [
      "counts a placeholder as content of its line",
      text`
        ${"a"}
          ${"b"}
      `,
      "a\n  b\n",
    ],
    [
      "puts the lines of a list at the margin of its placeholder",
      text`
        servers:
          ${["a", "b"]}
        end
      `,
      "servers:\n  a\n  b\nend\n",
    ],
    [
      "joins a list behind other words by line too",
      text`
        x ${["a", "b"]}
      `,
      "x a\nb\n",
    ],
    [
      "indents a text within a text, but not its empty lines",
      text`
        begin
          ${text`
            a

            b
          `}
        end
      `,
      "begin\n  a\n\n  b\nend\n",
    ],
    [
      "loses the line of what is false, undefined or an empty list",
      text`
        a
        ${false}
        ${undefined}
          ${[]}
        b
      `,
      "a\nb\n",
    ],
    [
      "loses the line of several that are not there",
      text`
        a
        ${false} ${undefined}
        b
      `,
      "a\nb\n",
    ],
    [
      "keeps the line of what is false among other words",
      text`
        a ${false} b
      `,
      "a  b\n",
    ],
    ["leaves out what is false in a list", text`${["a", false, undefined, "b"]}`, "a\nb\n"],
    ["keeps an empty string's line", text`a\n${""}x`, "a\\nx\n"],
    ["shows zero", text`${0}`, "0\n"],
    ["leaves backslashes alone", text`a\tb \d \\ \n`, "a\\tb \\d \\\\ \\n\n"],
    ["undoes an escaped dollar brace and backtick", text`\${x} \` $host`, "${x} ` $host\n"],
    ["keeps dollars of a value", text`${"$& $1 $$"}`, "$& $1 $$\n"],
  ])("%s", (_, made, expected) => {
    expect(made.reveal()).toBe(expected);
  });

  test("a line that a value leaves empty stays", () => {
    const made = text`
      a
      ${""}
      b
    `;
    expect(made.reveal()).toBe("a\n\nb\n");
  });

  test("has two renderings, and only reveal shows its secrets", () => {
    const made = text`
      a = ${key}
      ${[text`b = ${key}`]}
    `;
    expect(made.reveal()).toBe("a = hunter2-hunter2\nb = hunter2-hunter2\n");
    for (const shown of [made.masked, String(made), `${made}`, inspect(made)])
      expect(shown).toContain("a = [secret KEY]\nb = [secret KEY]");
    expect(JSON.stringify([made]) + inspect([made])).not.toContain("hunter2");
  });

  test.each([
    ["a secret", text`${key}`, true],
    ["a secret in a list", text`${["a", [key]]}`, true],
    ["a secret in a text in a list", text`${[text`${key}`]}`, true],
    ["none", text`${["a"]} ${verbatim("b")}`, false],
  ])("knows whether it holds a secret: %s", (_, made, has) => {
    expect(made.hasSecret).toBe(has);
  });
});

test("verbatim changes nothing", () => {
  expect(verbatim("  a\n\n  b").reveal()).toBe("  a\n\n  b");
});
