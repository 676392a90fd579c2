import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import chalk from "chalk";
import { attempt, run } from "../../lab/run.ts";
import { define, start } from "../../scripts/lib/command.ts";
import { ensureBox } from "./box.ts";
import { calm } from "./calm.ts";
import { ensureLibvirt, hasSystemd } from "./libvirt.ts";
import { checkNeeds } from "./needs.ts";
import { inOwnNetwork, isInOwnNetwork } from "./own-network.ts";
import { record } from "./record.ts";
import { story } from "./story.ts";
import { Terminal } from "./terminal.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const WORK = join(CHECKOUT, ".quintet/vagrant");
const SITE = join(WORK, "quintet");
const TRANSCRIPT = join(WORK, "transcript.txt");

export const definition = define({
  name: "test:vagrant",
  summary:
    "Types the commands of README and docs/use/vagrant.md on five virtual machines in QEMU. Needs root on Debian, 8 GiB, an hour or two.",
  flags: {
    keep: { flags: "--keep", help: "leave machines and libvirt as they are when something fails" },
    record: { flags: "--record", help: "write what was typed, and how long it took, into docs/measured/" },
  },
  examples: [["npm run test:vagrant -- --keep", "to look at the machines after a failure"]],
});

start(definition, import.meta.filename, async ({ flags: values }) => {
  const say = (line: string) => console.log(chalk.dim(line));
  // Ctrl-C ends the command that runs. That is a failure like any other, after which nothing is left behind.
  process.on("SIGINT", () => say("interrupted: what was started is ended"));
  if (!isInOwnNetwork) await checkNeeds(say);
  if (!isInOwnNetwork && !hasSystemd) return await inOwnNetwork(values.keep);
  const stopLibvirt = await ensureLibvirt(WORK);
  const vagrant = { ...process.env, VAGRANT_HOME: join(WORK, "home"), VAGRANT_CHECKPOINT_DISABLE: "1" };
  await freshCheckout(vagrant);
  calm(SITE);
  const box = await ensureBox(WORK, vagrant, say);
  const env = {
    ...vagrant,
    VAGRANT_BOX: box,
    VAGRANT_DEFAULT_PROVIDER: "libvirt",
    VAGRANT_LIBVIRT_DRIVER: "qemu",
    // An emulated boot takes minutes, and longer on a busy box.
    VAGRANT_BOOT_TIMEOUT: "1800",
  };
  const terminal = new Terminal(SITE, env, TRANSCRIPT);
  let failed = true;
  try {
    await story(terminal);
    failed = false;
    if (values.record) record(terminal.typed, TRANSCRIPT, SITE);
    console.log(chalk.green(`\n${terminal.typed.length} command lines, all as expected`));
    return 0;
  } finally {
    if (!values.keep || !failed) {
      await run({ cwd: SITE, env, nothrow: true })`vagrant destroy -f`;
      stopLibvirt();
    }
  }
});

// --- internal ---

/** Makes a checkout as a new user has it: no .env, no machines, no node_modules. */
async function freshCheckout(env: NodeJS.ProcessEnv) {
  if (existsSync(join(SITE, ".vagrant"))) await run({ cwd: SITE, env, nothrow: true })`vagrant destroy -f`;
  rmSync(SITE, { recursive: true, force: true });
  mkdirSync(SITE, { recursive: true });
  const copy = "git ls-files -co --exclude-standard -z | tar --null -T - -cf - | tar -C $0 -xf -";
  await attempt("copying the checkout", () => run({ cwd: CHECKOUT })`sh -c ${copy} ${SITE}`);
}
