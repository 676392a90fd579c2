/** SQL that removes entries of the guestbook for good. */
export function removal(database: string, ids: readonly number[]): string {
  return `DELETE FROM ${database}.entries WHERE id IN (${ids.map(Number).join(", ")})`;
}
