import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { redact, Secret } from "../../engine/template/secret.ts";

const secret = new Secret("DB_PASSWORD", "p@ss'word&more");

test.each([
  ["toString", String(secret)],
  ["a template", `${secret}`],
  ["concatenation", `x${secret}`],
  ["JSON", JSON.stringify({ secret, list: [secret] })],
  ["inspect", inspect({ secret }, { showHidden: true, depth: 9 })],
  ["its properties", Object.entries(secret).flat().join()],
  ["a clone", JSON.stringify(structuredClone(secret))],
  ["spreading", JSON.stringify({ ...secret })],
])("a secret is not shown by %s", (_, shown) => {
  expect(shown).toContain("DB_PASSWORD");
  expect(shown).not.toContain("p@ss");
});

describe("redact", () => {
  test.each([
    ["as it is", "x p@ss'word&more y", "x [secret DB_PASSWORD] y"],
    ["twice", "p@ss'word&morep@ss'word&more", "[secret DB_PASSWORD][secret DB_PASSWORD]"],
    ["quoted for a shell", "login 'p@ss'\\''word&more'", "login '[secret DB_PASSWORD]'"],
    ["in an address", "mysql://app:p%40ss'word%26more@db", "mysql://app:[secret DB_PASSWORD]@db"],
    ["in base64", Buffer.from("p@ss'word&more").toString("base64"), "[secret DB_PASSWORD]"],
    ["only if it is there", "password", "password"],
  ])("masks a secret: %s", (_, output, clean) => {
    expect(redact(output, [secret])).toBe(clean);
  });

  test("masks a secret that contains another one, in any order", () => {
    const longer = new Secret("LONGER", "p@ss'word&more-and-more");
    for (const secrets of [
      [secret, longer],
      [longer, secret],
    ])
      expect(redact(`x ${longer.reveal()} y`, secrets)).toBe("x [secret LONGER] y");
  });

  test("does not mask ordinary words that equal a short secret", () => {
    expect(redact("on and on", [new Secret("SHORT", "on")])).toBe("on and on");
  });
});
