/**
 * The work's result, or `late()` thrown if it has not ended after so many milliseconds. A process that has stood still,
 * as on a machine that was suspended, is late itself: then it first reads what has come meanwhile.
 */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  const due = performance.now() + milliseconds;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = () => reject(late());
    timer = setTimeout(() => {
      if (performance.now() < due + STOOD_STILL_MS) end();
      else timer = setTimeout(end, READING_MS);
    }, milliseconds);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
  }
}

// --- internal ---

/** A timer that is so late was kept by more than other work. */
const STOOD_STILL_MS = 200;
const READING_MS = 100;
