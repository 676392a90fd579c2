import { Problem } from "./problem.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes bytes as UTF-8 and refuses anything else, instead of replacing it silently. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Problem(400, "The request is not valid UTF-8.");
  }
}

/** Parses form fields or a query string. Refuses bad percent-encoding and bytes that are not UTF-8. */
export function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodePart(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? "" : decodePart(pair.slice(equals + 1));
    if (fields.has(name))
      throw new Problem(400, `The field ${JSON.stringify(name)} is given more than once.`);
    fields.set(name, value);
  }
  return fields;
}

/** Parses the query of a request target. */
export function parseQuery(target: string): Map<string, string> {
  const question = target.indexOf("?");
  return parseFields(question < 0 ? "" : target.slice(question + 1));
}

/** A whole number of at least 1 from a query or a path, or a 400. */
export function parseCount(name: string, text: string, most: number = Number.MAX_SAFE_INTEGER): number {
  const count = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) {
    throw new Problem(400, `${name} must be a whole number from 1 to ${most}.`);
  }
  return count;
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new Problem(400, "The request has bad percent-encoding or is not valid UTF-8.");
  }
}
