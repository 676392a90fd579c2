import { audit, CHECKS, checksOf } from "../audit/index.ts";
import { jsonOf, lineOf, markdownOf, summaryOf, totalOf } from "../audit/printing.ts";
import { readInventory } from "../engine/model/inventory/index.ts";
import site from "../site.ts";
import { interruptible } from "./lib/cli.ts";
import { define, start } from "./lib/command.ts";
import { INVENTORY, LIMIT } from "./lib/flags.ts";

export const definition = define({
  name: "audit",
  summary: "Checks the machines with outside tools: nmap, sslscan, ssh-audit, lynis.",
  flags: {
    inventory: INVENTORY,
    limit: LIMIT,
    only: {
      flags: "--only <checks>",
      help: "only these checks, separated by commas",
      list: true,
      values: CHECKS.map(({ name }) => name),
    },
    json: { flags: "--json", help: "all that was measured, as one JSON object" },
    markdown: { flags: "--markdown", help: "tables, for a page" },
  },
  words: Object.fromEntries(CHECKS.map(({ name, summary }) => [name, summary])),
  examples: [
    ["npm run audit", "all checks, on all machines"],
    ["npm run audit -- --only tls,logins --limit web", "two checks of the web servers"],
  ],
  exitCodes: {
    0: "all good",
    1: "something is bad, or wrong usage",
    3: "a tool is missing",
    130: "interrupted",
  },
});

start(definition, import.meta.filename, async ({ flags }) => {
  const checks = checksOf(flags.only);
  const say = (line: string) => console.error(line);
  const signal = interruptible(() => say("interrupted: ending what runs"));
  const isTold = !flags.json && !flags.markdown;
  const inventory = readInventory(flags.inventory);
  const options = { inventory, site, limit: flags.limit, checks, say, signal };
  const findings = await audit(options, (finding) => isTold && console.log(lineOf(finding)));
  if (flags.json) console.log(jsonOf(flags.inventory, checks, findings));
  if (flags.markdown) console.log(markdownOf(checks, findings));
  if (isTold) console.log(summaryOf(findings));
  if (signal.aborted) return 130;
  const { ok, bad } = totalOf(findings);
  // Where nothing could be asked, nothing is proved.
  return bad === 0 && ok > 0 ? 0 : 1;
});
