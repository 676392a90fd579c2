import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RefusedError } from "../../engine/util/errors.ts";
import { boxMirror, chooseMirror, parseSources, sourcesFor } from "../../lab/sources.ts";

const DEB822 = `# the archive
Types: deb deb-src
# a comment inside a stanza
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
 contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://old.example/debian
Suites: bullseye
Components: main
`;

describe("parseSources", () => {
  test("parses deb822 with stanzas, continued lines and comments, and leaves out disabled stanzas", () => {
    expect(parseSources("debian.sources", DEB822)).toEqual([
      {
        uris: ["http://mirror.example/debian/"],
        suites: ["bookworm", "bookworm-updates"],
        components: ["main", "contrib"],
        signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
      },
      {
        uris: ["http://mirror.example/debian-security"],
        suites: ["bookworm-security"],
        components: ["main"],
        signedBy: "",
      },
    ]);
  });

  test("parses one source a line with options and comments, and leaves out deb-src", () => {
    const text = `# deb http://off.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/key.gpg] http://mirror.example/debian bookworm main contrib # why
deb http://mirror.example/debian-security bookworm-security main`;
    expect(parseSources("sources.list", text)).toEqual([
      {
        uris: ["http://mirror.example/debian"],
        suites: ["bookworm"],
        components: ["main", "contrib"],
        signedBy: "/etc/key.gpg",
      },
      {
        uris: ["http://mirror.example/debian-security"],
        suites: ["bookworm-security"],
        components: ["main"],
        signedBy: "",
      },
    ]);
  });
});

describe("chooseMirror", () => {
  const lines = (text: string) => chooseMirror(parseSources("sources.list", text));

  test("takes the archive and its security updates, without trailing slashes", () => {
    expect(chooseMirror(parseSources("a.sources", DEB822))).toEqual({
      archive: "http://mirror.example/debian",
      security: "http://mirror.example/debian-security",
    });
  });

  test.each([
    ["a vendor whose suite is Debian's codename", "deb http://vendor.example/apt/debian bookworm vendor-8.0"],
    ["a suite that only contains a codename", "deb http://sdk.example/apt sdk-bookworm main"],
    ["Ubuntu", "deb http://ubuntu.example/ubuntu noble main"],
    ["an installation CD", "deb cdrom:[Debian] bookworm main"],
    ["nothing", ""],
  ])("ignores %s", (_, text) => {
    expect(lines(text)).toBeUndefined();
  });

  test("prefers Debian to a vendor that uses Debian's codename and component", () => {
    const found = lines(`deb [signed-by=/etc/vendor.gpg] http://vendor.example/debian bookworm main
deb http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm-updates main`);
    expect(found).toEqual({ archive: "http://mirror.example/debian", security: undefined });
  });

  test("knows the security suite of older releases", () => {
    const found = lines(`deb http://mirror.example/debian bullseye main
deb http://mirror.example/debian-security bullseye/updates main`);
    expect(found?.security).toBe("http://mirror.example/debian-security");
  });
});

test("sourcesFor leaves out security updates if the box has no source for them", () => {
  const uri = "http://mirror.example/debian";
  expect(parseSources("x.sources", sourcesFor("trixie", { archive: uri, security: undefined }))).toEqual([
    expect.objectContaining({ uris: [uri], suites: ["trixie", "trixie-updates"], components: ["main"] }),
  ]);
  expect(sourcesFor("trixie", { archive: uri, security: `${uri}-security` })).toContain(
    "Suites: trixie-security",
  );
});

describe("boxMirror", () => {
  let etc = "";
  beforeEach(() => {
    etc = mkdtempSync(join(tmpdir(), "lab-apt-"));
    mkdirSync(join(etc, "sources.list.d"));
  });
  afterEach(() => rmSync(etc, { recursive: true }));

  test("reads both file formats, and no file that apt ignores", () => {
    writeFileSync(join(etc, "sources.list.d/off.list.disabled"), "deb http://off.example/debian trixie main");
    writeFileSync(join(etc, "sources.list.d/debian.sources"), DEB822);
    expect(boxMirror(etc).archive).toBe("http://mirror.example/debian");
  });

  test("reads the first mirror of a mirror list, as Debian's cloud images have one", () => {
    writeFileSync(join(etc, "mirrors"), "# one a line\nhttp://list.example/debian/ priority:1\n");
    writeFileSync(join(etc, "sources.list"), `deb mirror+file://${etc}/mirrors bookworm main`);
    expect(boxMirror(etc).archive).toBe("http://list.example/debian");
  });

  test("throws if there is no mirror, with the files it read and what to add", () => {
    writeFileSync(join(etc, "sources.list"), "deb http://ubuntu.example/ubuntu noble main");
    expect(() => boxMirror(etc)).toThrow(RefusedError);
    expect(() => boxMirror(etc)).toThrow(/no Debian mirror in .*sources\.list.*Add a source/);
  });
});
