import { setTimeout as sleep } from "node:timers/promises";
import { connect, type SecureContext } from "node:tls";

export interface Site {
  readonly address: string;
  readonly name: string;
  readonly trusts: SecureContext;
}

/** Milliseconds after which a visitor has given up. */
export const GIVES_UP = 20_000;

/**
 * A new visitor: connects by TCP and TLS, and asks for the first page. Has no timeout, but tries again 50 ms after a
 * refusal, a reset or an error page. Resolves with the milliseconds until the page is there, at most GIVES_UP.
 */
export async function visitor(site: Site): Promise<number> {
  const began = performance.now();
  const patience = AbortSignal.timeout(GIVES_UP);
  while (!patience.aborted) {
    if ((await ask(site, patience)) === 200) return performance.now() - began;
    await sleep(50);
  }
  return GIVES_UP;
}

// --- internal ---

/** One try. Resolves with the status of the answer, or undefined if the connection has ended without one. */
function ask({ address, name, trusts }: Site, patience: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 443, servername: name, secureContext: trusts });
    const giveUp = () => socket.destroy();
    let answer = "";
    patience.addEventListener("abort", giveUp);
    socket.on("secureConnect", () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`),
    );
    socket.setEncoding("latin1").on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      patience.removeEventListener("abort", giveUp);
      const whole = answer.includes("</html>");
      resolve(whole ? Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]) : undefined);
    });
  });
}
