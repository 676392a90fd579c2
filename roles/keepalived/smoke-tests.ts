import { type Context, type SmokeTest, sh } from "../../engine/index.ts";

/** Smoke tests of keepalived. */
export function smokeTests({ inventory: { publicAddress }, hosts }: Context<unknown>): SmokeTest[] {
  return [
    {
      name: `the public address ${publicAddress} is on exactly one machine`,
      run: (probe) =>
        probe.eventually(10, async () => {
          const found = await Promise.all(
            hosts("balancer").map(async (host) => {
              const shown = await probe.run(host, sh`ip -o -4 address show to ${`${publicAddress}/32`}`);
              return shown.trim() === "" ? [] : [host.name];
            }),
          );
          const holders = found.flat();
          if (holders.length !== 1) throw new Error(`it is on ${holders.join(", ") || "no machine"}`);
          return `on ${holders[0]}`;
        }),
    },
  ];
}
