import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";

/** One `deb` source of apt, from either of apt's two file formats. */
export interface Source {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string;
}

/** Where Debian comes from: the archive, and the security updates if the sources name them. */
export interface Mirror {
  readonly archive: string;
  readonly security: string | undefined;
}

const CODENAMES = "bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable";
const ARCHIVE_SUITE = new RegExp(`^(${CODENAMES})$`);
const SECURITY_SUITE = new RegExp(`^(${CODENAMES})(-security|/updates)$`);

/** The Debian mirror that this box itself uses, from its apt sources. Throws a RefusedError if there is none. */
export function boxMirror(directory = "/etc/apt"): Mirror {
  const files = sourceFiles(directory);
  const found = chooseMirror(files.flatMap((file) => parseSources(file, readFileSync(file, "utf8"))));
  if (found) {
    return { archive: resolveList(found.archive), security: found.security && resolveList(found.security) };
  }
  throw new RefusedError(
    `no Debian mirror in ${files.join(", ") || directory}: the lab's machines are Debian 13 and come from the ` +
      "mirror that this box's own apt uses. Add a source such as /etc/apt/sources.list.d/debian.sources " +
      "with a Debian suite and the component main.",
  );
}

/** Parses a file of apt sources. A name ending in .sources means deb822, any other means one source a line. */
export function parseSources(file: string, text: string): Source[] {
  return file.endsWith(".sources") ? parseDeb822(text) : parseLines(text);
}

/** Picks Debian's own mirror from all sources. Suites of other vendors may have the same names as Debian's. */
export function chooseMirror(sources: readonly Source[]): Mirror | undefined {
  const uriOf = (suite: RegExp) => {
    const candidates = sources.filter(
      (source) => source.components.includes("main") && source.suites.some((name) => suite.test(name)),
    );
    const [best] = candidates.sort((a, b) => likelihood(b, sources) - likelihood(a, sources));
    return best?.uris.find((uri) => /^(https?|mirror\+file):/.test(uri))?.replace(/\/+$/, "");
  };
  const archive = uriOf(ARCHIVE_SUITE);
  return archive === undefined ? undefined : { archive, security: uriOf(SECURITY_SUITE) };
}

/** The apt sources of a machine with that suite and mirror, in the deb822 format. */
export function sourcesFor(suite: string, mirror: Mirror): string {
  const stanza = (uri: string, suites: string) =>
    [
      "Types: deb",
      `URIs: ${uri}`,
      `Suites: ${suites}`,
      "Components: main",
      "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
      "",
    ].join("\n");
  const stanzas = [stanza(mirror.archive, `${suite} ${suite}-updates`)];
  if (mirror.security !== undefined) stanzas.push(stanza(mirror.security, `${suite}-security`));
  return stanzas.join("\n");
}

/** This box's apt settings for reaching the mirror: its proxy, and whether expired Release files are accepted. */
export function boxAptOptions(): string[] {
  const dump = execFileSync("apt-config", ["dump"], { encoding: "utf8" });
  return dump.split("\n").flatMap((line) => {
    const [, key, value] = /^(Acquire::\S+) "(.+)";$/.exec(line) ?? [];
    const wanted = /^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date)$/i.test(key ?? "");
    return wanted ? [`${key} "${value}";`] : [];
  });
}

// --- internal ---

function sourceFiles(directory: string): string[] {
  const parts = join(directory, "sources.list.d");
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  const files = names.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(parts, name));
  return [join(directory, "sources.list"), ...files].filter((file) => existsSync(file));
}

function parseLines(text: string): Source[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = "", uri = "", suite = "", components = ""] = match;
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1] ?? "";
    return [{ uris: [uri], suites: [suite], components: words(components), signedBy }];
  });
}

function parseDeb822(text: string): Source[] {
  const withoutComments = text.replace(/^#.*\n?/gm, "");
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map(
      [...stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)].map(
        ([, key = "", value = ""]) => [key.toLowerCase(), value] as const,
      ),
    );
    const field = (name: string) => words(fields.get(name) ?? "");
    const off = field("enabled")[0]?.toLowerCase() === "no";
    if (off || !field("types").includes("deb")) return [];
    return [
      {
        uris: field("uris"),
        suites: field("suites"),
        components: field("components"),
        signedBy: field("signed-by").join(" "),
      },
    ];
  });
}

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");

// A vendor's repository may call its suite "bookworm" and its component "main". But it is never signed with Debian's
// key, and it has no -updates suite.
function likelihood(source: Source, all: readonly Source[]): number {
  const companions = all.filter((other) => other.uris.some((uri) => source.uris.includes(uri)));
  const hasUpdates = companions.some(({ suites }) => suites.some((suite) => suite.endsWith("-updates")));
  const ownKey = source.signedBy === "" || source.signedBy.includes("debian-archive");
  return (
    (hasUpdates ? 2 : 0) + (ownKey ? 2 : 0) + (/\/debian(-security)?\/?$/.test(source.uris[0] ?? "") ? 1 : 0)
  );
}

// In Debian's cloud images the URI is a file that lists mirrors. The lab's machines do not have that file.
function resolveList(uri: string): string {
  const file = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  if (file === undefined) return uri;
  const first = readFileSync(file, "utf8")
    .split("\n")
    .find((line) => /^https?:/.test(line.trim()));
  if (first === undefined)
    throw new RefusedError(`${file}: found no http mirror; this box's apt sources need one`);
  return (first.trim().split(/\s/)[0] ?? "").replace(/\/+$/, "");
}
