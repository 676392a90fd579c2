/** An element of a tool's XML: its attributes, and what is between its tags. */
export interface Element {
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The elements of one name in the XML that nmap and sslscan write, which no element of that name contains. Not for XML in
 * general: comments are not told from elements, and entities are those that these two use.
 */
export function elements(xml: string, name: string): Element[] {
  const pattern = new RegExp(`<${name}((?:\\s+[\\w:-]+="[^"]*")*)\\s*(?:/>|>([\\s\\S]*?)</${name}>)`, "g");
  return [...xml.matchAll(pattern)].map(([, attributes = "", body = ""]) => ({
    attributes: Object.fromEntries(
      [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
        key,
        decode(value),
      ]),
    ),
    body,
  }));
}

/** The text of the first element of that name. */
export function textOf(xml: string, name: string): string | undefined {
  const body = elements(xml, name)[0]?.body;
  const [, data] = /^\s*<!\[CDATA\[([\s\S]*?)\]\]>\s*$/.exec(body ?? "") ?? [];
  return data ?? (body === undefined ? undefined : decode(body.trim()));
}

// --- internal ---

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex || decimal) return String.fromCodePoint(Number.parseInt(hex ?? decimal, hex ? 16 : 10));
    return ENTITIES[name] ?? whole;
  });
}
