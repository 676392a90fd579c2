import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { file, play, reload, role, service, site, unitFile, verbatim } from "../../../engine/index.ts";
import { readInventory } from "../../../engine/model/inventory/index.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { provision as runEngine } from "../../../engine/run/run.ts";
import { eventually, INVENTORY, inside, provision } from "../machines.ts";

const HOST = "web-02";
const UNIT = "quintet-slow.service";
const MARK = "/var/lib/quintet/pending/reload%20quintet-slow";

/** A daemon that has read its file long before it is ready, as a database does that recovers. */
const SLOW = `[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'cat /etc/slow.conf >/run/slow.read; sleep 4; systemd-notify --ready; exec sleep 600'
ExecReload=/bin/sh -c 'cat /etc/slow.conf >/run/slow.read'
`;

/** Handlers with a real systemd, of a daemon that is slow to start. */
export function handlers(): void {
  describe("a handler", () => {
    afterAll(() =>
      inside(
        HOST,
        `systemctl stop ${UNIT}; rm -f /etc/systemd/system/${UNIT} /etc/slow.conf /run/slow.read; systemctl daemon-reload`,
      ),
    );

    test("is not run for a unit that the same run has started", async () => {
      const { events } = await slow("one");
      expect(doneIn(events)).toEqual(["reload quintet-slow"]);
      expect(await inside(HOST, `cat /run/slow.read; ${reloads}`)).toBe("one0");
    });

    test("waits for a unit that is only starting, and has read the old file", async () => {
      await inside(HOST, `systemctl stop ${UNIT}; rm /run/slow.read; systemctl start --no-block ${UNIT}`);
      await eventually(10, async () => expect(await inside(HOST, "cat /run/slow.read")).toBe("one"));
      const { exitCode } = await slow("two");
      expect([exitCode, await inside(HOST, "cat /run/slow.read")]).toEqual([0, "two"]);
    });

    test("that an earlier run has left is run, whatever the clock has said since", async () => {
      // The clock was ahead when the unit was started, and is right now: the mark seems to be older than the unit.
      await inside(
        HOST,
        `printf three >/etc/slow.conf; printf '%s\\n%s\\n' "$(systemctl show --property=InvocationID --value ${UNIT})" ${UNIT} >${MARK}; touch -d '3 hours ago' ${MARK}`,
      );
      const { events } = await slow("three");
      expect(doneIn(events)).toEqual(["reload quintet-slow"]);
      expect(await inside(HOST, `cat /run/slow.read; ls ${MARK} 2>/dev/null || true`)).toBe("three");
    });

    test("that an earlier run has left has nothing to do if the unit was started since", async () => {
      const before = await inside(HOST, reloads);
      await inside(HOST, `printf '%s\\n%s\\n' 00000000000000000000000000000000 ${UNIT} >${MARK}`);
      expect((await slow("three")).exitCode).toBe(0);
      expect(await inside(HOST, `${reloads}; ls ${MARK} 2>/dev/null || true`)).toBe(before);
    });

    test("that no role knows any more is named until somebody removes its mark; if its unit was started since, it is forgotten", async () => {
      const marks = "/var/lib/quintet/pending";
      await inside(
        HOST,
        `: >'${marks}/reload%20the%20old%20one'; printf '%s\\nnginx.service\\n' 0000 >'${marks}/refresh%20nginx'`,
      );
      const plan = await provision("--check", "--limit", HOST);
      const run = await provision("--limit", HOST);
      const one = await provision("--role", "nginx", "--limit", HOST);
      const left = await inside(HOST, `ls ${marks}; rm ${marks}/*`);
      const told = [
        expect.stringMatching(
          /^web-02: the handler "reload the old one" is due .*sudo rm '.*reload%20the%20old%20one'$/,
        ),
      ];
      expect([warnings(plan.events), warnings(run.events), warnings(one.events)]).toEqual([told, told, []]);
      expect(left).toBe("reload%20the%20old%20one");
      expect(warnings((await provision("--check", "--limit", HOST)).events)).toEqual([]);
    });
  });
}

// --- internal ---

const reloads = `journalctl --quiet --output=cat --unit=${UNIT} | grep -c '^Reloaded' || true`;

const doneIn = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === "handler" && event.status === "done" ? [event.handler] : []));

const warnings = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === "warning" ? [event.text] : []));

/** A run that makes the daemon's file have this content. */
async function slow(content: string) {
  const made = role("slow", {
    summary: "",
    vars: z.object({}),
    resources: () => [
      unitFile(UNIT, { content: verbatim(SLOW) }),
      file("/etc/slow.conf", { content: verbatim(content), notify: reload("quintet-slow") }),
      service("quintet-slow", { enabled: "static" }),
    ],
  });
  const events: RunEvent[] = [];
  const inventory = readInventory(INVENTORY);
  const exitCode = await runEngine(
    { inventory, site: site(play("web", [made()])), mode: "apply", limit: HOST, roles: ["slow"] },
    (event) => events.push(event),
  );
  return { exitCode, events };
}
