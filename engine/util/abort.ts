/** A promise that never resolves. It rejects with `reason()` when the signal fires, or at once if it has fired. */
export function rejectOnAbort(signal: AbortSignal | undefined, reason: () => Error): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    const abort = () => reject(reason());
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
  // Without this, Node would report an unhandled rejection if the signal fires after the race.
  rejection.catch(() => undefined);
  return rejection;
}
