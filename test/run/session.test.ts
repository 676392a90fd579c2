import { expect, test, vi } from "vitest";
import { sh } from "../../engine/index.ts";
import { askFor } from "../../engine/run/facts.ts";
import { outputOf } from "../../engine/run/output.ts";
import { type Runner, Session } from "../../engine/run/session.ts";
import { fiveWith } from "../helpers/role-context.ts";

/** A host of an inventory that allows it so many seconds of silence, or says nothing about them. */
function host(patience: number | undefined) {
  const ssh = patience === undefined ? "" : `, ssh: { patience: ${patience} }`;
  const [first] = fiveWith((yaml) =>
    yaml.replace("web-01: { address: 192.168.56.11 }", `web-01: { address: 192.168.56.11${ssh} }`),
  ).hosts;
  if (!first) throw new Error("the inventory has no host");
  return first;
}

test.each([
  [undefined, 20],
  [5, 20],
  [120, 120],
])(
  "a host with ssh: { patience: %s } may take %s s to answer what needs no work",
  async (patience, seconds) => {
    vi.useFakeTimers();
    try {
      const mute = { run: () => new Promise<never>(() => undefined) };
      const asked = new Session(mute, host(patience), "a test").lock(0, () => undefined);
      const ended = vi.fn();
      asked.catch(ended);
      await vi.advanceTimersByTimeAsync(1000 * seconds - 1);
      expect(ended).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await expect(asked).rejects.toThrow(`no sign of it for ${seconds} s`);
    } finally {
      vi.useRealTimers();
    }
  },
);

test.each([
  [undefined, 60],
  [5, 60],
  [120, 120],
])("a host with ssh: { patience: %s } may take %s s for a question", async (patience, seconds) => {
  const allowed: (number | undefined)[] = [];
  const runner: Runner = {
    run: async (_, __, options) => {
      allowed.push(options?.idleTimeout);
      return { code: 0, stderr: "", before: "" };
    },
  };
  await outputOf(runner, host(patience), sh`:`);
  await askFor([], runner, host(patience));
  expect(allowed).toEqual([1000 * seconds, 1000 * seconds]);
});
