import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import site from "../../site.ts";

/** Not made by a run, but taken when there. */
const CERTIFICATE = [
  "SITE_CERTIFICATE",
  "SITE_CERTIFICATE_KEY",
  "SITE_ACME",
  "SITE_ACME_EMAIL",
  "SITE_ACME_CA",
];

test(".env.example names every secret that a role asks for, and gives none a value", () => {
  const example = readFileSync(".env.example", "utf8");
  const named = [...example.matchAll(/^#? ?(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  const asked = new Set(
    site.flatMap(({ roles }) => roles.flatMap(({ secrets }) => Object.keys(secrets ?? {}))),
  );
  expect(named.map(([name]) => name).sort()).toEqual([...asked, ...CERTIFICATE].sort());
  expect(named.filter(([, value]) => value !== "")).toEqual([]);
});
