import { readInventory } from "../engine/model/inventory/index.ts";
import { jsonReporter } from "../engine/report/json.ts";
import { recorder } from "../engine/report/record.ts";
import { terminalReporter } from "../engine/report/terminal.ts";
import { provision, type RunOptions } from "../engine/run/run.ts";
import site from "../site.ts";
import { COMMON, flags, interruptible, main, wholeNumber } from "./lib/cli.ts";

main(async () => {
  const { values } = flags({
    ...COMMON,
    json: { type: "boolean", default: false },
    yes: { type: "boolean", short: "y", default: false },
    limit: { type: "string", short: "l" },
    role: { type: "string", short: "r", multiple: true, default: [] },
    check: { type: "boolean", short: "C", default: false },
    diff: { type: "boolean", short: "D", default: false },
    list: { type: "boolean", default: false },
    program: { type: "boolean", default: false },
    verbose: { type: "boolean", short: "v", default: false },
    "lock-wait": { type: "string" },
    serial: { type: "string" },
    timeout: { type: "string" },
  });
  if (values.help) return (await import("./lib/help.ts")).help("provision");
  const report = values.json ? jsonReporter() : terminalReporter(values);
  const record = recorder();
  const options: RunOptions = {
    inventory: readInventory(values.inventory),
    site,
    mode: values.check ? "check" : "apply",
    limit: values.limit,
    roles: values.role.flatMap((role) => role.split(",")),
    serial: wholeNumber("serial", values.serial, 1),
    lockWait: wholeNumber("lock-wait", values["lock-wait"]),
    silence: wholeNumber("timeout", values.timeout, 1),
    signal: interruptible(() =>
      console.error(
        "\nquintet: interrupted; hosts stop before their next resource, the next run goes on from there",
      ),
    ),
  };
  if (values.list) return (await import("../engine/report/listing.ts")).printListing(options);
  if (values.program) return (await import("../engine/report/listing.ts")).printPrograms(options);
  return provision(options, (event) => {
    record(event);
    report(event);
  });
});
