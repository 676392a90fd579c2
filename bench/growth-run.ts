import { z } from "zod";
import { command, file, play, role, sh, site } from "../engine/index.ts";
import { readInventory } from "../engine/model/inventory/index.ts";
import { provision } from "../engine/run/run.ts";

const [, , inventory = "", resources = "25", mode = "apply", slow = ""] = process.argv;

/** A small role with files. On one host it also has a command whose check is slow. */
const small = role("small", {
  summary: "a given number of files",
  vars: z.object({}),
  resources: ({ host }) => [
    ...Array.from({ length: Number(resources) - (host.name === slow ? 1 : 0) }, (_, n) =>
      file(`/etc/quintet-growth/${n}.conf`, { content: `${host.name} ${n}\n` }),
    ),
    host.name === slow && command("slow", { check: sh`sleep 5`, run: sh`:` }),
  ],
});

const ended: Record<string, number> = {};
const exitCode = await provision(
  {
    inventory: readInventory(inventory),
    site: site(play("all", [small()])),
    mode: mode as "apply" | "check",
  },
  (event) => {
    if (event.type === "ok" || event.type === "changed") ended[event.host] = performance.now();
    if (event.type !== "end") return;
    const { user, system } = process.cpuUsage();
    const { changed, execs } = event.hosts.reduce(
      (sum, host) => ({ changed: sum.changed + host.changed, execs: sum.execs + host.execs }),
      { changed: 0, execs: 0 },
    );
    const rss = process.resourceUsage().maxRSS / 1024;
    const times = { seconds: performance.now() / 1000, cpu: (user + system) / 1e6 };
    console.log(JSON.stringify({ ...times, rss, changed, execs, ended }));
  },
);
process.exit(exitCode);
