import { readFileSync, writeFileSync } from "node:fs";
import { start } from "./lib/command.ts";
import { pages } from "./lib/docs/pages.ts";
import { recorded } from "./lib/docs/record.ts";
import { DOCS } from "./lib/self.ts";

const RECORDED = "docs/infrastructure.md";

start(DOCS, import.meta.filename, async ({ flags }) => {
  for (const [file, content] of pages()) {
    writeFileSync(file, content);
    console.log(`wrote ${file}`);
  }
  if (!flags.record) return 0;
  const today = new Date().toISOString().slice(0, 10);
  const page = recorded(readFileSync(RECORDED, "utf8"), today, (command) => console.log(`$ ${command}`));
  writeFileSync(RECORDED, page);
  console.log(`wrote ${RECORDED}`);
  return 0;
});
