import { request } from "node:http";
import { request as requestSecurely } from "node:https";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface HttpQuestion {
  readonly path: string;
  readonly host: string;
  /** @default 443 */
  readonly port?: number;
  /** Name that the server's certificate must be valid for. @default the host */
  readonly proves?: string;
  /** Plain HTTP without TLS, on port 80 unless another is given. */
  readonly plain?: boolean;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long the server may be silent. @default 5 */
  readonly seconds?: number;
}

/**
 * Sends one request on a connection of its own, as a visitor would. The server's certificate must come from a public CA
 * or from `authority` (PEM). Rejects with an Error if the server is silent for `seconds`, and with Node's error if the
 * connection fails. Uses node:https, because fetch lets nobody set Host.
 */
export function httpRequest(
  address: string,
  {
    path,
    host,
    plain = false,
    port = plain ? 80 : 443,
    method = "GET",
    headers = {},
    body,
    proves = host,
    seconds = 5,
  }: HttpQuestion,
  authority?: string,
): Promise<HttpAnswer> {
  const tls = !plain && { servername: proves, secureContext: trusting(authority) };
  const question = {
    host: address,
    port,
    path,
    method,
    headers: { host, ...headers },
    agent: false as const,
    timeout: seconds * 1000,
  };
  return new Promise((resolve, reject) => {
    const asking = (plain ? request : requestSecurely)(
      plain ? question : { ...question, ...tls },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
            (values ?? []).map((value): [string, string] => [name, value]),
          );
          resolve({
            status: answer.statusCode ?? 0,
            headers: new Headers(pairs),
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    asking.on("timeout", () =>
      asking.destroy(
        new Error(`${address}:${port} did not answer ${method} ${path} within ${question.timeout / 1000} s`),
      ),
    );
    asking.on("error", reject);
    asking.end(body);
  });
}

// --- internal ---

/** Kept, because parsing the public CAs takes longer than a request. */
const contexts = new Map<string, SecureContext>();

function trusting(authority = ""): SecureContext {
  const known = contexts.get(authority);
  const context = known ?? createSecureContext({ ca: [...rootCertificates, authority].filter(Boolean) });
  contexts.set(authority, context);
  return context;
}
