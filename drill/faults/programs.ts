import { type Fault, FREEZES, UNITS } from "../fault.ts";

/** What happens to MySQL and to its manager, on the primary or on the standby. */
export const PROGRAMS: readonly Fault[] = [
  killed("mysql", "primary", { rounds: 20, goal: 3 }),
  killed("mysql", "standby", { rounds: 20, goal: 3 }),
  killed("failover", "primary", { rounds: 20, smooth: true }),
  killed("failover", "standby", { rounds: 5, smooth: true }),
  ended("mysql", "primary", { rounds: 20, goal: 3 }),
  ended("mysql", "standby", { rounds: 5, goal: 3 }),
  ended("failover", "primary", { rounds: 5, smooth: true }),
  frozen("mysql", "primary", "short", { rounds: 5 }),
  frozen("mysql", "primary", "long", { rounds: 20, goal: 6 }),
  frozen("mysql", "standby", "long", { rounds: 5, goal: 3 }),
  frozen("failover", "primary", "short", { rounds: 5, smooth: true }),
  frozen("failover", "primary", "long", { rounds: 5, goal: 6 }),
  frozen("failover", "standby", "long", { rounds: 5, smooth: true }),
];

// --- internal ---

type Part = "primary" | "standby";
type Rest = Pick<Fault, "rounds" | "goal" | "smooth">;
type Unit = keyof typeof UNITS;

function killed(unit: Unit, part: Part, rest: Rest): Fault {
  return {
    ...{ name: `the ${part}'s ${UNITS[unit]} is killed`, seconds: 5, ...rest },
    bring: (machines, pair) => machines.signal(pair[part], unit, "KILL"),
  };
}

/** systemd takes a program that ends in order for one that somebody has stopped, and leaves it so. */
function ended(unit: Unit, part: Part, rest: Rest): Fault {
  return {
    ...{ name: `the ${part}'s ${UNITS[unit]} is told to end`, seconds: 8, ...rest },
    bring: (machines, pair) => machines.signal(pair[part], unit, "TERM"),
    heal: (machines, pair) => machines.run(pair[part], `systemctl start ${unit}`),
  };
}

function frozen(unit: Unit, part: Part, how: keyof typeof FREEZES, rest: Rest): Fault {
  const seconds = FREEZES[how];
  return {
    ...{ name: `the ${part}'s ${UNITS[unit]} is frozen for ${seconds} s`, seconds, ...rest },
    bring: (machines, pair) => machines.signal(pair[part], unit, "STOP"),
    // Nobody is there any more if somebody has ended it meanwhile.
    heal: (machines, pair) => machines.signal(pair[part], unit, "CONT").catch(() => undefined),
  };
}
