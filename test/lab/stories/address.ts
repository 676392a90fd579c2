import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import { eventually, INVENTORY, inside, lab, provision, smoke, visit, visitor } from "../machines.ts";

const { publicAddress, groups } = readInventory(INVENTORY);
const balancers = (groups["balancer"] ?? []).map(({ name }) => name);
const states = (host: string) =>
  inside(host, "journalctl -u keepalived -o cat --no-pager | grep -c 'Entering' || :");

async function holders(): Promise<string[]> {
  const shown = await Promise.all(
    balancers.map((host) => inside(host, `ip -o -4 address show to ${publicAddress}`)),
  );
  return balancers.filter((_, at) => shown[at] !== "");
}

/** The balancer that has the public address. */
async function holder(): Promise<string> {
  const [name = "", ...others] = await holders();
  expect([name, others]).toEqual([expect.stringMatching(/./), []]);
  return name;
}

/** Waits until another balancer, and no more than one, has the address. */
const leaves = (before: string) => eventually(10, async () => expect(await holder()).not.toBe(before));

/** A visitor who is connected and waits. Resolves with what ended the connection. */
function waiting(): { connected: Promise<void>; ended: Promise<string | undefined> } {
  const socket = connect({ host: publicAddress, port: 443 });
  const connected = new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  const ended = new Promise<string | undefined>((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once("end", () => resolve("end"));
  });
  return { connected, ended };
}

/** The public address: when it moves, when it does not, and what visitors see of that. */
export function address(): void {
  describe("the public address", () => {
    afterEach(async () => {
      await lab.heal();
      for (const host of balancers) await inside(host, "pkill -CONT -x haproxy; systemctl start haproxy");
      await eventually(60, () => smoke("--gentle", "--role", "haproxy,keepalived"));
    });

    test("stays while HAProxy reloads, and no request fails", async () => {
      const [host, before] = [await holder(), await Promise.all(balancers.map(states))];
      const visiting = visitor();
      for (let reload = 0; reload < 5; reload++) await inside(host, "systemctl reload haproxy");
      expect((await visiting.stop()).failures).toEqual([]);
      expect([await holder(), await Promise.all(balancers.map(states))]).toEqual([host, before]);
    });

    test.each([
      ["is killed", "systemctl kill --signal=KILL --kill-whom=all haproxy"],
      ["is stopped", "systemctl stop haproxy"],
    ])("moves if HAProxy %s, and stays there when it is back", async (_, deed) => {
      const before = await holder();
      await inside(before, deed);
      await leaves(before);
      expect((await visit()).status).toBe(200);
      await inside(before, "systemctl start haproxy");
      await eventually(30, () => smoke("--gentle", "--role", "haproxy,keepalived"));
      expect(await holder()).not.toBe(before);
      expect((await provision("--check", "--role", "haproxy,keepalived")).changed).toEqual([]);
    });

    test("moves if HAProxy hangs, and a visitor who hung with it gets a reset, and then the page", async () => {
      const before = await holder();
      await inside(before, "pkill -STOP -x haproxy");
      const hung = waiting();
      await hung.connected;
      expect(await hung.ended).toBe("ECONNRESET");
      expect(await holder()).not.toBe(before);
      expect((await visit()).status).toBe(200);
    });

    test("is on one machine again after two had it, and visitors of the one that gave it up get a reset", async () => {
      const first = await holder();
      const others = balancers.filter((host) => host !== first);
      const early = waiting();
      await early.connected;
      for (const from of others) await lab.cut([first], { from });
      await eventually(10, async () => expect((await holders()).length).toBe(2));
      // Until they meet again, the network finds the one that took the address last.
      const late = waiting();
      await late.connected;
      await lab.heal();
      const before = (await eventually(10, holder)) === first ? late : early;
      expect(await before.ended).toBe("ECONNRESET");
      // For a moment the network may still know the machine that gave it up.
      await eventually(20, async () => expect((await visit()).status).toBe(200));
    });
  });
}
