import { describe, expect, test } from "vitest";
import { app } from "../../../roles/app/index.ts";
import { dns } from "../../../roles/dns/index.ts";
import { firewall } from "../../../roles/firewall/index.ts";
import { haproxy } from "../../../roles/haproxy/index.ts";
import { nginx } from "../../../roles/nginx/index.ts";
import { five, say } from "../../helpers/role-context.ts";

const UNITS = "/etc/systemd/system";

describe("what strangers can make a machine write into its journal", () => {
  test.each([
    ["haproxy", haproxy(), "haproxy.service.d/quintet.conf"],
    ["nginx", nginx(), "nginx.service.d/quintet.conf"],
    ["the application", app(), "foobar.service"],
    ["nsd", dns(), "nsd.service.d/quintet.conf"],
  ])("has a limit: %s", (_, role, unit) => {
    const [, service = ""] = say(role, five, "web-01").file(`${UNITS}/${unit}`).split("[Service]\n");
    expect(service).toContain("LogRateLimitIntervalSec=10min\nLogRateLimitBurst=20\n");
  });

  test("has a limit: the firewall, a packet a minute of each sort", () => {
    const rules = say(firewall(), five, "web-01").content("ruleset[/etc/nftables.conf]");
    const notes = rules.match(/.*log prefix.*/g) ?? [];
    expect(notes).toHaveLength(2);
    for (const note of notes) expect(note).toContain("limit rate 1/minute burst 10 packets log prefix");
  });
});
