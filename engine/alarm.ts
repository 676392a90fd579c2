import { UnreachableError } from "./errors.ts";

/** Rejects when nobody resets it for so many milliseconds. */
export function alarm(silence: number) {
  let timer: NodeJS.Timeout | undefined;
  let ring: (error: Error) => void = () => undefined;
  const rings = new Promise<never>((_, reject) => {
    ring = reject;
  });
  rings.catch(() => undefined);
  const stop = () => clearTimeout(timer);
  const reset = () => {
    stop();
    timer = setTimeout(
      () => ring(new UnreachableError(`no sign of it for ${Math.round(silence / 1000)} s`)),
      Math.min(silence, LONGEST),
    );
  };
  reset();
  return { rings, reset, stop };
}

/** What a longer timer does: go off at once. */
const LONGEST = 2 ** 31 - 1;
