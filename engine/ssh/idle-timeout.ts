import { UnreachableError } from "../util/errors.ts";

/** `expired` rejects with UnreachableError when nobody resets it for so many milliseconds. */
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

/** What a longer timer does: go off at once. */
const LONGEST = 2 ** 31 - 1;
