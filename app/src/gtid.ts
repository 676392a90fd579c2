/** Where a visitor's last write is remembered, so that the next read can wait for it. */
export const GTID_COOKIE = "after_gtid";
/** For how long a write may matter to a reader: far longer than a healthy replica is behind. */
export const GTID_COOKIE_SECONDS = 60;

const MAXIMUM_LENGTH = 1000;
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const TAG = "[a-z_][a-z0-9_]{0,31}";
const INTERVAL = "[1-9][0-9]{0,17}(?:-[1-9][0-9]{0,17})?";
const UUID_SET = `${UUID}(?::${TAG})?(?::${INTERVAL})+(?::${TAG}(?::${INTERVAL})+)*`;
const GTID_SET = new RegExp(`^${UUID_SET}(?:,${UUID_SET})*$`, "i");

/** A GTID set in one line; undefined if the text is none, or is too long to carry around. The text may be anything. */
export function parseGtidSet(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 2 * MAXIMUM_LENGTH) return undefined;
  // MySQL prints a set with a line break after every comma.
  const line = text.replace(/\s+/g, "");
  return line.length <= MAXIMUM_LENGTH && GTID_SET.test(line) ? line : undefined;
}

/** The GTID set in a Cookie header, if there is a valid one. */
export function gtidFromCookies(header: string | undefined): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === GTID_COOKIE && value !== undefined) return parseGtidSet(decode(value));
  }
  return undefined;
}

/** The Set-Cookie header that remembers a write. */
export function gtidCookie(gtid: string, secure: boolean): string {
  const attributes = `Path=/; Max-Age=${GTID_COOKIE_SECONDS}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  return `${GTID_COOKIE}=${encodeURIComponent(gtid)}; ${attributes}`;
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
