/**
 * Removes the indent that all lines of a template share, and the first line break. Placeholders count as content. Takes
 * raw literals, so that backslashes reach the result unchanged; only `\${` and an escaped backtick are unescaped.
 */
export function dedent(raw: readonly string[]): readonly string[] {
  const known = stripped.get(raw);
  if (known) return known;
  const fresh = strip(raw);
  stripped.set(raw, fresh);
  return fresh;
}

// --- internal ---

/** Results by array of literals: a template has the same array each time, and is used thousands of times in a run. */
const stripped = new WeakMap<readonly string[], readonly string[]>();

function strip(raw: readonly string[]): string[] {
  const literals = raw.map((literal) => literal.replaceAll("\\${", "${").replaceAll("\\`", "`"));
  const margins = literals.flatMap((literal, index) => {
    const lines = literal.split("\n").slice(1);
    return lines.flatMap((line, at) => {
      const continues = at === lines.length - 1 && index < literals.length - 1;
      return line.trim() === "" && !continues ? [] : [/^[ \t]*/.exec(line)?.[0].length ?? 0];
    });
  });
  const margin = margins.length === 0 ? 0 : Math.min(...margins);
  const bare = literals.map((literal) => literal.replace(/\n[ \t]*/g, (run) => `\n${run.slice(margin + 1)}`));
  if (bare[0]?.startsWith("\n")) bare[0] = bare[0].slice(1);
  return bare;
}
