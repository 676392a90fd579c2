import { type Bench, median, shown, timed } from "./bench.ts";
import { loginFloor } from "./floor.ts";

const REPEATS = 7;

/** A run with nothing to do, --check of all roles and of one, and the lower bound: a login on every host at once. */
export async function noop({ inventory, file }: Bench, print: (line: string) => void): Promise<void> {
  const login = await loginFloor(inventory);
  const floor: number[] = [];
  const run: number[] = [];
  const plan: number[] = [];
  const role: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    floor.push(await login());
    run.push(await timed("npm", "run", "-s", "provision", "--", "-i", file));
    plan.push(await timed("npm", "run", "-s", "provision", "--", "-i", file, "--check"));
    role.push(await timed("npm", "run", "-s", "provision", "--", "-i", file, "--check", "--role", "nginx"));
  }
  print(`ssh HOST true on ${inventory.hosts.length} hosts at once               ${shown(floor)}`);
  print(
    `npm run provision, nothing to do                 ${shown(run)}, ${(median(run) / median(floor)).toFixed(2)} x of ssh`,
  );
  print(`npm run provision -- --check                     ${shown(plan)}`);
  print(`npm run provision -- --check --role nginx        ${shown(role)}`);
}
