import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Secret, type Text, text, verbatim } from "../../engine/index.ts";

const key = new Secret("KEY", "hunter2-hunter2");

describe("text", () => {
  test.each<[string, Text, string]>([
    ["ends in one line break", text`a`, "a\n"],
    [
      "loses the common indent of its lines, and keeps the rest",
      text`
        a
          b

        c
      `,
      "a\n  b\n\nc\n",
    ],
    [
      "takes the least indented line as its margin",
      text`
          a
        b
      `,
      "  a\nb\n",
    ],
    [
      "keeps empty lines, although they have less indent than the margin",
      text`
        a

        b`,
      "a\n\nb\n",
    ],
    [
      "counts a placeholder as content when it finds the margin",
      text`
        ${"a"}
          ${"b"}
      `,
      "a\n  b\n",
    ],
    [
      "indents the lines of a list like its placeholder",
      text`
        servers:
          ${["a", "b"]}
        end
      `,
      "servers:\n  a\n  b\nend\n",
    ],
    [
      "puts each item of a list on its own line, even after other words",
      text`
        x ${["a", "b"]}
      `,
      "x a\nb\n",
    ],
    [
      "indents a text inside a text, but not its empty lines",
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
      "drops the line of a placeholder that is false, undefined or an empty list",
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
      "drops a line with several such placeholders",
      text`
        a
        ${false} ${undefined}
        b
      `,
      "a\nb\n",
    ],
    [
      "keeps the line if there are other words",
      text`
        a ${false} b
      `,
      "a  b\n",
    ],
    ["leaves out false and undefined in a list", text`${["a", false, undefined, "b"]}`, "a\nb\n"],
    ["keeps the line of an empty string", text`a\n${""}x`, "a\\nx\n"],
    ["shows zero", text`${0}`, "0\n"],
    ["keeps backslashes", text`a\tb \d \\ \n`, "a\\tb \\d \\\\ \\n\n"],
    ["unescapes a dollar brace and a backtick", text`\${x} \` $host`, "${x} ` $host\n"],
    ["keeps dollars in a value", text`${"$& $1 $$"}`, "$& $1 $$\n"],
  ])("%s", (_, made, expected) => {
    expect(made.reveal()).toBe(expected);
  });

  test("keeps a line that an empty value leaves empty", () => {
    const made = text`
      a
      ${""}
      b
    `;
    expect(made.reveal()).toBe("a\n\nb\n");
  });

  test("shows its secrets only with reveal()", () => {
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
