import { readInventory } from "../engine/model/inventory/index.ts";
import { jsonReporter } from "../engine/report/json.ts";
import { recorder } from "../engine/report/record.ts";
import { terminalReporter } from "../engine/report/terminal.ts";
import { provision, type RunOptions } from "../engine/run/run.ts";
import site from "../site.ts";
import { interruptible, wholeNumber } from "./lib/cli.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY, LIMIT, ROLE } from "./lib/flags.ts";

export const definition = define({
  name: "provision",
  summary: "Makes the hosts what site.ts says. A second run changes nothing.",
  flags: {
    inventory: INVENTORY,
    limit: LIMIT,
    role: ROLE,
    check: { flags: "-C, --check", help: "the plan: what would change; nothing is changed" },
    diff: { flags: "-D, --diff", help: "show what changes in files" },
    list: { flags: "--list", help: "hosts and their roles, without connecting" },
    program: {
      flags: "--program",
      help: "print the program that each host would be sent, secrets masked; databases are asked who is the primary",
    },
    serial: { flags: "--serial <n>", help: "at most n hosts at a time", parse: wholeNumber("serial", 1) },
    lockWait: {
      flags: "--lock-wait <seconds>",
      help: "wait so long for another run to end",
      parse: wholeNumber("lock-wait"),
    },
    timeout: {
      flags: "--timeout <seconds>",
      help: "give up a host that says nothing for so long (1200, or sixty times its ssh.patience)",
      parse: wholeNumber("timeout", 1),
    },
    json: { flags: "--json", help: "events as lines of JSON" },
    verbose: { flags: "-v, --verbose", help: "a line for everything, also what is ok" },
  },
  examples: [
    ["npm run provision -- --check --diff", "the plan, with what changes in files"],
    ["npm run provision -- --role nginx --limit web-02", "one role on one host"],
    ["npm run provision -- --limit 'web,!web-03'", "all roles, but only on these"],
  ],
  exitCodes: EXIT_CODES,
});

start(definition, import.meta.filename, async ({ flags }) => {
  const report = flags.json ? jsonReporter() : terminalReporter(flags);
  const record = recorder();
  const options: RunOptions = {
    inventory: readInventory(flags.inventory),
    site,
    mode: flags.check ? "check" : "apply",
    limit: flags.limit,
    roles: flags.role,
    serial: flags.serial,
    lockWait: flags.lockWait,
    silence: flags.timeout,
    signal: interruptible(() =>
      console.error(
        "\nquintet: interrupted; hosts stop before their next resource, the next run goes on from there",
      ),
    ),
  };
  if (flags.list) return (await import("../engine/report/listing.ts")).printListing(options);
  if (flags.program) return (await import("../engine/report/listing.ts")).printPrograms(options);
  return provision(options, (event) => {
    record(event);
    report(event);
  });
});
