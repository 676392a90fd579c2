import { request } from "node:http";
import type { HttpAnswer, HttpQuestion } from "./verification.ts";

/**
 * Asks for a page as a visitor would: on a connection of its own, for at most five seconds. By node:http, since fetch lets
 * nobody set Host.
 */
export function visit(
  address: string,
  { path, host, port = 80, method = "GET", headers = {}, body }: HttpQuestion,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: address, port, path, method, headers: { host, ...headers }, agent: false, timeout: 5000 },
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
      asking.destroy(new Error(`${address}:${port} did not answer ${method} ${path} within 5 s`)),
    );
    asking.on("error", reject);
    asking.end(body);
  });
}
