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
  test("deb822: stanzas, continued lines, comments; a disabled one is left out", () => {
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

  test("one source a line: options, comments, no deb-src", () => {
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
    ["a medium", "deb cdrom:[Debian] bookworm main"],
    ["nothing", ""],
  ])("ignores %s", (_, text) => {
    expect(lines(text)).toBeUndefined();
  });

  test("prefers Debian itself to a vendor with both Debian's codename and component", () => {
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

test("sourcesFor leaves security out when the box names none", () => {
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

  test("reads both notations and nothing that apt would not read", () => {
    writeFileSync(join(etc, "sources.list.d/off.list.disabled"), "deb http://off.example/debian trixie main");
    writeFileSync(join(etc, "sources.list.d/debian.sources"), DEB822);
    expect(boxMirror(etc).archive).toBe("http://mirror.example/debian");
  });

  test("follows a list of mirrors, as Debian's cloud images have it", () => {
    writeFileSync(join(etc, "mirrors"), "# one a line\nhttp://list.example/debian/ priority:1\n");
    writeFileSync(join(etc, "sources.list"), `deb mirror+file://${etc}/mirrors bookworm main`);
    expect(boxMirror(etc).archive).toBe("http://list.example/debian");
  });

  test("without one says where it looked and what to add", () => {
    writeFileSync(join(etc, "sources.list"), "deb http://ubuntu.example/ubuntu noble main");
    expect(() => boxMirror(etc)).toThrow(RefusedError);
    expect(() => boxMirror(etc)).toThrow(/no Debian mirror in .*sources\.list.*Add a source/);
  });
});
