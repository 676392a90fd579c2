/**
 * A promise that never resolves. It rejects with `reason()` when the signal fires, or at once if it has fired. It stops
 * listening when `done` fires.
 */
export function rejectOnAbort(
  signal: AbortSignal | undefined,
  reason: () => Error,
  done?: AbortSignal,
): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    const abort = () => reject(reason());
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true, ...(done && { signal: done }) });
  });
  // Without this, Node would report an unhandled rejection if the signal fires after the race.
  rejection.catch(() => undefined);
  return rejection;
}

/** The work's result, unless the signal fires first: then it rejects with `reason()`. The work itself goes on. */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  reason: () => Error,
): Promise<T> {
  const done = new AbortController();
  work.catch(() => undefined);
  // A signal of a long run would gather a listener with each call, and Node warns of eleven.
  return Promise.race([work, rejectOnAbort(signal, reason, done.signal)]).finally(() => done.abort());
}
