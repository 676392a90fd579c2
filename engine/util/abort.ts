/** Never resolves; rejects with what `reason` makes when the signal fires, or at once when it has fired. */
export function rejectOnAbort(signal: AbortSignal | undefined, reason: () => Error): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    const abort = () => reject(reason());
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
  // Whoever races it may have ended before.
  rejection.catch(() => undefined);
  return rejection;
}
