import { audit, CHECKS, checksOf } from "../audit/index.ts";
import { jsonOf, lineOf, markdownOf, summaryOf, totalOf } from "../audit/printing.ts";
import { readInventory } from "../engine/model/inventory/index.ts";
import site from "../site.ts";
import { COMMON, flags, interruptible, main } from "./lib/cli.ts";

const USAGE = `npm run audit -- [flags]      have the machines looked at from outside, by tools that others wrote

  -i, --inventory FILE   hosts and groups (inventory/five.yaml)
  -l, --limit LIST       only these hosts, groups or globs
      --only LIST        only these checks, separated by commas
      --json             all that was measured, as one JSON object
      --markdown         tables, for a page

${CHECKS.map(({ name, summary }) => `  ${name.padEnd(9)}  ${summary}`).join("\n")}

Exit codes: 0 all good, 1 something is bad or wrong usage, 3 a tool is missing, 130 interrupted.`;

main(async () => {
  const { values } = flags({
    ...COMMON,
    limit: { type: "string", short: "l" },
    only: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const checks = checksOf(values.only);
  const say = (line: string) => console.error(line);
  const signal = interruptible(() => say("interrupted: ending what runs"));
  const isTold = !values.json && !values.markdown;
  const options = {
    inventory: readInventory(values.inventory),
    site,
    limit: values.limit,
    checks,
    say,
    signal,
  };
  const findings = await audit(options, (finding) => isTold && console.log(lineOf(finding)));
  if (values.json) console.log(jsonOf(values.inventory, checks, findings));
  if (values.markdown) console.log(markdownOf(checks, findings));
  if (isTold) console.log(summaryOf(findings));
  if (signal.aborted) return 130;
  const { ok, bad } = totalOf(findings);
  // Where nothing could be asked, nothing is proved.
  return bad === 0 && ok > 0 ? 0 : 1;
});
