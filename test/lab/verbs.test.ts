import { describe, expect, test, vi } from "vitest";
import { RefusedError, UsageError } from "../../engine/util/errors.ts";
import type { OpenLab } from "../../lab/index.ts";
import { checkPlatform } from "../../lab/needs.ts";
import { statusText } from "../../lab/status.ts";
import { perform } from "../../lab/verbs.ts";

function fakeLab() {
  const calls: unknown[][] = [];
  const record =
    (verb: string) =>
    (...given: unknown[]) => {
      calls.push([verb, ...given]);
      return Promise.resolve(verb === "execIn" ? { exitCode: 7 } : []);
    };
  const lab = Object.fromEntries(
    ["up", "down", "stop", "start", "fresh", "cut", "heal", "status", "execIn"].map((verb) => [
      verb,
      record(verb),
    ]),
  );
  return { calls, lab: lab as unknown as OpenLab };
}

describe("perform", () => {
  test.each([
    ["up", [], {}, [["up", []]]],
    ["down", [], { purge: true }, [["down", { purge: true }]]],
    ["stop", ["web-01"], { kill: true }, [["stop", ["web-01"], { kill: true }]]],
    [
      "restart",
      ["web-01"],
      {},
      [
        ["stop", ["web-01"], { kill: false }],
        ["start", ["web-01"]],
      ],
    ],
    ["cut", ["web-01"], { from: "db-01" }, [["cut", ["web-01"], { from: "db-01" }]]],
    ["heal", [], {}, [["heal", [], {}]]],
    ["fresh", ["web-01"], {}, [["fresh", ["web-01"]]]],
  ] as const)("%s %j %j", async (verb, names, flags, expected) => {
    const { calls, lab } = fakeLab();
    expect(await perform(lab, verb, names, flags, () => {})).toBe(0);
    expect(calls).toEqual(expected);
  });

  test("exec passes the command's exit code through", async () => {
    const { calls, lab } = fakeLab();
    expect(await perform(lab, "exec", ["web-01", "ls", "-l"], {}, () => {})).toBe(7);
    expect(calls).toEqual([["execIn", "web-01", ["ls", "-l"], { inherit: true }]]);
  });

  test.each(["stop", "start", "restart", "cut", "fresh", "exec"])("%s needs a machine", async (verb) => {
    const { calls, lab } = fakeLab();
    await expect(perform(lab, verb, [], {}, () => {})).rejects.toThrow(UsageError);
    expect(calls).toEqual([]);
  });

  test("exec needs a command", async () => {
    await expect(perform(fakeLab().lab, "exec", ["web-01"], {}, () => {})).rejects.toThrow(/no command/);
  });

  test("refuses an unknown verb and suggests the nearest one", async () => {
    await expect(perform(fakeLab().lab, "stat", [], {}, () => {})).rejects.toThrow(
      /found the verb "stat" \(did you mean "start"\?\)/,
    );
  });

  test("status prints what the lab answers", async () => {
    const print = vi.fn();
    await perform(fakeLab().lab, "status", [], { json: true }, print);
    expect(print).toHaveBeenCalledWith("[]");
  });
});

describe("statusText", () => {
  const machines = [
    {
      name: "web-01",
      address: "192.168.56.11",
      state: "running",
      since: new Date("2026-01-02T03:04:05Z"),
      memory: 41 * 2 ** 20,
      cut: { all: false, from: ["db-01"] },
    },
    { name: "db-01", address: "192.168.56.14", state: "stopped", cut: { all: false, from: [] } },
  ] as const;

  test("prints one line for each machine", () => {
    expect(statusText(machines, false)).toBe(
      "web-01  192.168.56.11  running  since 2026-01-02 03:04:05  41 MiB  cut from db-01\n" +
        "db-01   192.168.56.14  stopped",
    );
  });

  test("prints JSON if asked", () => {
    expect(JSON.parse(statusText(machines, true))[0]).toMatchObject({ name: "web-01", memory: 42991616 });
  });
});

describe("checkPlatform", () => {
  test.each(["darwin", "win32"])("refuses %s, and recommends Vagrant", (platform) => {
    expect(() => checkPlatform(platform, 501)).toThrow(RefusedError);
    expect(() => checkPlatform(platform, 501)).toThrow(
      /needs?|Linux kernel.*vagrant up && npm run provision/,
    );
  });

  test("refuses a user who is not root, and says what to type", () => {
    expect(() => checkPlatform("linux", 1000)).toThrow(/sudo npm run lab -- up/);
  });

  test("accepts root on Linux", () => {
    expect(() => checkPlatform("linux", 0)).not.toThrow();
  });
});
