import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Subject } from "../../audit/check.ts";
import { compressorsIn, tlsScanOf } from "../../audit/sslscan.ts";
import { type Endpoint, judgeTls, tls } from "../../audit/tls.ts";
import { documentOf, elements, textOf } from "../../audit/xml.ts";
import { varsWithin } from "../../engine/plan/context.ts";
import site from "../../site.ts";
import { five, six } from "../helpers/role-context.ts";

const read = (name: string) => readFileSync(`test/audit/fixtures/sslscan-${name}.xml`, "utf8");

const endpoint: Endpoint = {
  about: "the site",
  address: "127.0.0.1",
  port: 443,
  name: "www.foobar.com",
  protocols: ["TLSv1.2", "TLSv1.3"],
};
const NOW = new Date("2026-11-24T12:00:00Z");

/** The verdict and the problems for this sslscan output. */
function judge(xml: string, changed: Partial<Endpoint> = {}, now = NOW) {
  const { verdict, found } = judgeTls({ ...endpoint, ...changed }, tlsScanOf(xml), now);
  return { verdict, problems: found.split("; ").slice(1) };
}

describe("a TLS port", () => {
  test("is good with two protocols and only strong ciphers", () => {
    const found = judgeTls(endpoint, tlsScanOf(read("both")), NOW);
    expect(found).toMatchObject({
      verdict: "ok",
      found: "TLSv1.2 TLSv1.3, 6 ciphers, asked for www.foobar.com, certificate valid for 89 days",
      figures: { days: 89, heartbleed: false, renegotiation: "none", compression: undefined },
    });
  });

  test("that is to offer only TLS 1.3 must offer nothing else", () => {
    const protocols = ["TLSv1.3"];
    expect(judge(read("1.3"), { protocols })).toEqual({ verdict: "ok", problems: [] });
    expect(judge(read("both"), { protocols })).toEqual({
      verdict: "bad",
      problems: ["protocols are not exactly TLSv1.3"],
    });
    expect(judge(read("1.3")).problems).toEqual(["protocols are not exactly TLSv1.2 TLSv1.3"]);
  });

  test("is bad if it accepts everything, and all problems are named", () => {
    expect(judge(read("old"))).toEqual({
      verdict: "bad",
      problems: [
        "protocols are not exactly TLSv1.2 TLSv1.3",
        "weak: DHE-RSA-AES256-GCM-SHA384 (TLSv1.2), DHE-RSA-AES256-CCM8 (TLSv1.2), DHE-RSA-AES256-CCM (TLSv1.2), ADH-AES256-GCM-SHA384 (TLSv1.2), ECDHE-RSA-AES256-SHA384 (TLSv1.2) and 2 more",
        "the certificate is for no name, not for www.foobar.com",
        "the certificate has 2 days left",
      ],
    });
  });

  test.each([
    ["compression", "<renegotiation", '<compression supported="1" />\n  <renegotiation', "compression"],
    [
      "insecure renegotiation",
      'supported="0" secure="0"',
      'supported="1" secure="0"',
      "insecure renegotiation",
    ],
    ["Heartbleed", 'vulnerable="0"', 'vulnerable="1"', "Heartbleed"],
    ["no forward secrecy", "ECDHE-ECDSA-AES128-GCM", "AES128-GCM", "weak: AES128-GCM-SHA256 (TLSv1.2)"],
    [
      "SSL",
      'type="ssl" version="3" enabled="0"',
      'type="ssl" version="3" enabled="1"',
      "protocols are not exactly TLSv1.2 TLSv1.3",
    ],
  ])("is bad with %s", (_what, from, to, problem) => {
    expect(read("both")).toContain(from);
    expect(judge(read("both").replace(from, to))).toEqual({ verdict: "bad", problems: [problem] });
  });

  test("with SSL 3 is not taken for one with TLS", () => {
    const xml = read("both").replace('version="3" enabled="0"', 'version="3" enabled="1"');
    expect(tlsScanOf(xml).protocols).toEqual(["SSLv3", "TLSv1.2", "TLSv1.3"]);
  });

  test("is good with a large DHE group, and with secure renegotiation", () => {
    const xml = read("old").replaceAll('dhebits="1024"', 'dhebits="3072"');
    expect(judge(xml).problems[1]).toMatch(/^weak: DHE-RSA-AES256-CCM8 /);
    expect(read("old")).toContain('<renegotiation supported="1" secure="1" />');
  });

  test.each([
    [
      "is for another name",
      { name: "web-01.foobar.com" },
      NOW,
      "the certificate is for www.foobar.com, foobar.com, not for web-01.foobar.com",
    ],
    ["has less than 14 days left", {}, new Date("2027-02-09T00:00:00Z"), "the certificate has 13 days left"],
    ["has expired", {}, new Date("2027-03-01T00:00:00Z"), "the certificate has -7 days left"],
    ["is not valid yet", {}, new Date("2026-11-23T00:00:00Z"), "the certificate is not valid yet"],
  ])("is bad if its certificate %s", (_what, changed, now, problem) => {
    expect(judge(read("both"), changed, now)).toEqual({ verdict: "bad", problems: [problem] });
  });

  test("may have a wildcard certificate", () => {
    const wild = read("both").replace("DNS:foobar.com", "DNS:*.foobar.com");
    expect(judge(wild, { name: "web-01.foobar.com" }).verdict).toBe("ok");
    expect(judge(wild, { name: "a.web-01.foobar.com" }).verdict).toBe("bad");
  });

  test("without a listener is an error in sslscan's own words", () => {
    expect(() => tlsScanOf(read("nobody"))).toThrow("Could not open a connection to host 127.0.0.1");
    expect(() => tlsScanOf("")).toThrow("sslscan got no certificate");
  });
});

test("compression methods are parsed from the output of nmap's ssl-enum-ciphers", () => {
  const table = (compressor: string) => `<table key="TLSv1.2">
<table key="ciphers">
<table>
<elem key="name">TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256</elem>
</table>
</table>
<table key="compressors">
<elem>${compressor}</elem>
</table>
<elem key="cipher preference">client</elem>
</table>`;
  expect(compressorsIn(table("NULL"))).toEqual(["NULL"]);
  expect(compressorsIn(table("NULL</elem>\n<elem>DEFLATE"))).toEqual(["NULL", "DEFLATE"]);
  expect(compressorsIn("<nmaprun/>")).toEqual([]);
});

test("the audit scans every TLS port that this computer may reach, and with --limit only those of the chosen hosts", () => {
  const asked = (inventory: typeof five, names?: readonly string[]) => {
    const hosts = inventory.hosts.filter(({ name }) => names?.includes(name) ?? true);
    const varsOf: Subject["varsOf"] = (vars, host) => varsWithin({ site, inventory }, vars, host);
    return tls.examinations({ inventory, hosts, varsOf } as unknown as Subject).map(({ about }) => about);
  };
  expect(asked(five)).toEqual([
    "the site (192.168.56.10:443)",
    "statistics of web-01 (192.168.56.11:8404)",
    "statistics of web-02 (192.168.56.12:8404)",
    "statistics of web-03 (192.168.56.13:8404)",
    "Nginx of web-01 (192.168.56.11:8443)",
    "Nginx of web-02 (192.168.56.12:8443)",
    "Nginx of web-03 (192.168.56.13:8443)",
  ]);
  expect(asked(six, ["web-02", "db-01"])).toEqual(["Nginx of web-02 (192.168.56.12:8443)"]);
  expect(asked(five, ["db-01"])).toEqual([]);
});

test("XML is parsed: attributes with entities, text with CDATA, elements without a body, missing end tags", () => {
  const [empty] = elements(documentOf('<d><a/><ab x="1"/><a>no</a></d>'), "a");
  expect(empty).toEqual({ name: "a", attributes: {}, text: "", children: [] });
  expect(elements(documentOf('<a x="1 &amp; &#45;&#x2d;" y-z="">in</a>'), "a")).toEqual([
    { name: "a", attributes: { x: "1 & --", "y-z": "" }, text: "in", children: [] },
  ]);
  expect(textOf(documentOf("<s><![CDATA[old.example & sons]]></s>"), "s")).toBe("old.example & sons");
  expect(textOf(documentOf("<d><s> a &lt; b </s></d>"), "s")).toBe("a < b");
  expect(textOf(documentOf("<s/>"), "t")).toBeUndefined();
  expect(elements(documentOf("<d><e><f>1</f></e><g><f>2</f>"), "f").map(({ text }) => text)).toEqual([
    "1",
    "2",
  ]);
});
