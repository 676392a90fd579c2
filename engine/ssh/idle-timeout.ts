import { UnreachableError } from "../util/errors.ts";

/** Rejects when nobody resets it for so many milliseconds. */
export function alarm(silence: number) {
  let ring: (error: Error) => void = () => undefined;
  const rings = new Promise<never>((_, reject) => {
    ring = reject;
  });
  rings.catch(() => undefined);
  const timer = setTimeout(
    () => ring(new UnreachableError(`no sign of it for ${Math.round(silence / 1000)} s`)),
    Math.min(silence, LONGEST),
  );
  let stopped = false;
  return {
    rings,
    reset: () => {
      if (!stopped) timer.refresh();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** What a longer timer does: go off at once. */
const LONGEST = 2 ** 31 - 1;
