import { expect, test, vi } from "vitest";
import { Session } from "../../engine/run/session.ts";

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
      const asked = new Session(mute, "a test", patience).lock(0, () => undefined);
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
