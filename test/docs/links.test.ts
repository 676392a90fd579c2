import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const PAGES = execFileSync("git", ["ls-files", "*.md"], { encoding: "utf8" }).trim().split("\n");

/** What GitHub makes of a heading, for links to it. */
function anchorsOf(page: string): string[] {
  const headings = [...page.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(PAGES)("every link of %s leads somewhere", (file) => {
  const page = readFileSync(file, "utf8");
  const links = [...page.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, to = ""]) => to,
  );
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : join(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, "utf8")).includes(anchor);
  });
  expect(broken).toEqual([]);
});

const FENCED = /^```[\s\S]*?^```$/gm;
const FILES = execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n");
const TOP = new Set(FILES.flatMap((file) => (/^\w+\//.test(file) ? (file.split("/")[0] ?? "") : [])));
const GUIDES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/design/decisions.md"];

test.each(GUIDES)("every file that %s names is there", (guide) => {
  const page = readFileSync(guide, "utf8");
  // Examples on the page make files of their own: `PATH`: and then their content.
  const examples = [...page.matchAll(/^`([^`\n]+)`[^\n]*:\n\n```/gm)].map(([, path]) => path);
  const named = [...page.replaceAll(FENCED, "").matchAll(/`([\w./-]+)`/g)].flatMap(([, path = ""]) => {
    const [top = "", ...rest] = path.split("/");
    return rest.length > 0 && TOP.has(top) && !/\/[A-Z]+(\.ts|\/|$)/.test(path) ? [path] : [];
  });
  expect(named.length).toBeGreaterThan(0);
  // The table of tests leaves out `test/`.
  const missing = named.filter((path) => !existsSync(path) && !existsSync(join("test", path)));
  expect(missing.filter((path) => !examples.includes(path))).toEqual([]);
});

test("README fits on a few screens", () => {
  expect(statSync("README.md").size).toBeLessThanOrEqual(8192);
});

const SIZES: [string, RegExp, number][] = [
  ["a role", /^roles\/\w+\/index\.ts$/, 80],
  ["a resource type", /^(engine|roles\/\w+)\/resources\/[^/]+\.ts$/, 60],
  ["a file of the engine", /^engine\/.*\.ts$/, 200],
];
test.each(SIZES)("%s has no more lines than CONTRIBUTING.md allows", (_, which, most) => {
  const files = FILES.filter((file) => which.test(file) && existsSync(file));
  expect(files.length).toBeGreaterThan(0);
  const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").length - 1;
  expect(files.filter((file) => linesOf(file) > most)).toEqual([]);
});
