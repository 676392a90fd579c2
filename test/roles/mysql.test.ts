import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { expression, sqlObserver } from "../../roles/mysql/sql.ts";

test("what is asked of MySQL goes over one connection, on which no list is cut off", () => {
  const asked = ["one", "two"].flatMap((key) => expression(key, `SELECT '${key}'`).args);
  const { stdout } = spawnSync(
    "sh",
    ["-c", `mysql() { echo connected; cat; }\n${sqlObserver.gather.reveal()}`, "sh", ...asked],
    {
      encoding: "utf8",
    },
  );
  expect(stdout.trim().split("\n")).toEqual([
    "connected",
    expect.stringMatching(/^SET SESSION group_concat_max_len = \d{8}, sql_mode = '';$/),
    "SELECT 'sql', 'one', (COALESCE((SELECT 'one'), ''));",
    "SELECT 'sql', 'two', (COALESCE((SELECT 'two'), ''));",
  ]);
});
