/** Whether a text may serve as an idempotency key. */
export function isKey(text: string): boolean {
  return /^[A-Za-z0-9_-]{8,64}$/.test(text);
}
