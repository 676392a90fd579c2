import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { relative } from "node:path";
import type { Host } from "../engine/model/inventory/index.ts";
import { FailedError, UnreachableError } from "../engine/util/errors.ts";
import { cgroupOf, isEmpty, killGroup, leaderIn } from "./cgroup.ts";
import type { Lab } from "./context.ts";
import { diskOf, imageUnder, makeDisk } from "./disk.ts";
import { writeKeeper } from "./keeper.ts";
import { portOf } from "./network.ts";
import { attempt, run, waitUntil } from "./run.ts";

// SIGRTMIN+4 of glibc. systemd as process 1 powers off when it gets this signal.
const POWER_OFF = 38;

/** Boots a machine if it is not running, with its disk or a new one on that image. Returns false if it was running. */
export async function boot(lab: Lab, host: Host, image: string): Promise<boolean> {
  if ((await leaderOf(lab, host.name)) !== undefined) return false;
  await clearRemains(lab, host.name);
  if (imageUnder(lab, host.name) === undefined) makeDisk(lab, host, image);
  const lower = `image/${imageUnder(lab, host.name)}`;
  const disk = relative(lab.store, diskOf(lab, host.name));
  const keeper = writeKeeper(lab);
  const base = `${lab.run}/${host.name}`;
  await attempt(
    `starting ${host.name}`,
    () =>
      run({ cwd: lab.store })`setsid --fork unshare --mount --propagation slave sh ${keeper} ${lab.id} \
        ${host.name} ${lower} ${disk} ${base}.lock </dev/null >${base}.log 2>&1`,
  );
  return true;
}

/** Waits until a machine accepts logins: sshd answers, and systemd has removed /run/nologin. */
export async function awaitLogin(lab: Lab, host: Host): Promise<void> {
  const answers = await waitUntil(
    90,
    async () => (await sshAnswers(host.address)) && (await admits(lab, host.name)),
  );
  if (answers) return;
  const log = readFileSync(`${lab.run}/${host.name}.log`, "utf8").trim().split("\n").slice(-15).join("\n  ");
  throw new UnreachableError(
    `${host.name} (${host.address}) accepts no logins 90 s after its start; its log:\n  ${log}`,
  );
}

/** Powers a machine off, cleanly or as if the power cord were pulled. The machine keeps its disk. */
export async function powerOff(lab: Lab, name: string, how: { kill: boolean }): Promise<void> {
  const leader = await leaderOf(lab, name);
  if (leader !== undefined) process.kill(leader, how.kill ? "SIGKILL" : POWER_OFF);
  const group = await cgroupOf(lab, name);
  const off = await waitUntil(how.kill ? 15 : 100, () => isEmpty(group));
  if (!off && !how.kill) {
    throw new FailedError(
      `${name} is still running 100 s after a power-off; pull its power cord: npm run lab -- stop --kill ${name}`,
    );
  }
  await clearRemains(lab, name);
}

/** This box's process id of the machine's process 1. Undefined if the machine is not running. */
export async function leaderOf(lab: Lab, name: string): Promise<number | undefined> {
  return leaderIn(await cgroupOf(lab, name));
}

/** Kills what is left of a machine, and removes its port from the bridge. */
export async function clearRemains(lab: Lab, name: string): Promise<void> {
  await killGroup(await cgroupOf(lab, name));
  // The kernel would remove the port too, but only some time after the last process that used its other end has gone.
  await run({ nothrow: true })`ip link delete ${portOf(name)}`;
}

// --- internal ---

const admits = async (lab: Lab, name: string) => {
  const leader = await leaderOf(lab, name);
  return leader !== undefined && !existsSync(`/proc/${leader}/root/run/nologin`);
};

function sshAnswers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (data) => done(data.toString().startsWith("SSH-")));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => done(false));
  });
}
