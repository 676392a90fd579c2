import { measured } from "../bench.ts";

/** TLS connections per second. */
export interface Handshakes {
  readonly fresh: number;
  /** With the session of the first one. */
  readonly resumed: number;
}

const PATH = "/static/site.css";

/**
 * One connection after the other by one client, each with one request for a static file: with a whole handshake, and with a
 * resumed session. The request is there because TLS 1.3 sends the session's ticket behind the handshake.
 */
export async function handshakes(address: string, seconds: number): Promise<Handshakes> {
  const of = async (kind: "-new" | "-reuse") => {
    const flags = ["-connect", address, "-www", PATH, "-time", String(seconds), kind];
    const { ms, stdout } = await measured("openssl", ["s_time", ...flags]);
    // Its own seconds are whole ones. The line is there twice, and the other one counts processor time.
    const connections = /(\d+) connections in \d+ real seconds/.exec(stdout)?.[1];
    return (Number(connections) * 1000) / ms;
  };
  return { fresh: await of("-new"), resumed: await of("-reuse") };
}
