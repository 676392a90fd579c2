import { XMLParser } from "fast-xml-parser";

/** An element of a tool's XML. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The element's own text, without its children's. */
  readonly text: string;
  readonly children: readonly Element[];
}

/** Parses XML, also if its end is missing. The document is an element without a name. */
export function documentOf(xml: string): Element {
  return { name: "", attributes: {}, ...contentOf(parser.parse(xml) as Node[]) };
}

/** All elements with that name inside another element, at any depth. */
export function elements({ children }: Element, name: string): Element[] {
  return children.flatMap((child) => [...(child.name === name ? [child] : []), ...elements(child, name)]);
}

/** The text of the first element with that name. */
export function textOf(element: Element, name: string): string | undefined {
  return elements(element, name)[0]?.text;
}

// --- internal ---

/** The library's format: one key is the element's name and holds its content; ":@" holds its attributes. */
type Node = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  htmlEntities: true,
});

function contentOf(nodes: readonly Node[]): Pick<Element, "text" | "children"> {
  return {
    text: nodes.map((node) => node["#text"] ?? "").join(""),
    children: nodes.flatMap((node) => {
      const [name] = Object.keys(node).filter((key) => key !== ":@" && key !== "#text");
      if (name === undefined) return [];
      const attributes = (node[":@"] ?? {}) as Element["attributes"];
      return [{ name, attributes, ...contentOf(node[name] as Node[]) }];
    }),
  };
}
