import type { FieldErrors } from "../text.ts";

/** A request that is answered with an error status; its message is meant for the visitor. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: FieldErrors | undefined;
  constructor(
    status: number,
    message: string,
    more: { headers?: Record<string, string>; fields?: FieldErrors } = {},
  ) {
    super(message);
    this.name = "Problem";
    this.status = status;
    this.headers = more.headers ?? {};
    this.fields = more.fields;
  }
}

/** How long a client should wait before it asks an unavailable site again. */
export const RETRY_AFTER_SECONDS = "5";
