/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/** What may stand in a hole of a template; null, undefined and false leave nothing. */
export type Hole = Html | string | number | null | undefined | false | readonly Hole[];

/** Builds markup from a template. Every hole is escaped unless it is markup itself, so nobody can forget it. */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return new Html(parts.reduce((before, part, index) => before + render(holes[index - 1]) + part));
}

/** Escapes a text for element content and for quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'\0]/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // Not allowed in HTML at all.
  "\0": "\ufffd",
};

function render(hole: Hole): string {
  if (hole === null || hole === undefined || hole === false) return "";
  if (hole instanceof Html) return hole.markup;
  if (Array.isArray(hole)) return hole.map(render).join("");
  return escapeHtml(String(hole));
}
