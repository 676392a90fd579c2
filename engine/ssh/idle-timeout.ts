import { UnreachableError } from "../util/errors.ts";

/** `expired` rejects with UnreachableError if `reset` is not called for so many milliseconds. */
export function idleTimeout(milliseconds: number) {
  let expire: (error: Error) => void = () => undefined;
  const expired = new Promise<never>((_, reject) => {
    expire = reject;
  });
  expired.catch(() => undefined);
  const timer = setTimeout(
    () => expire(new UnreachableError(`no sign of it for ${Math.round(milliseconds / 1000)} s`)),
    Math.min(milliseconds, LONGEST),
  );
  let stopped = false;
  return {
    expired,
    reset: () => {
      if (!stopped) timer.refresh();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Longest delay of a timer, in milliseconds. A longer one would go off at once. */
const LONGEST = 2 ** 31 - 1;
