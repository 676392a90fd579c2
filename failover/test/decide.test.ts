import { describe, expect, test } from "vitest";
import { decide, TIMES } from "../src/decide.ts";
import type { Mysql, Peer, Seen, Store } from "../src/seen.ts";
import { open } from "./primary.ts";

const store = (differs: Partial<Store> = {}): Store => ({
  sync: { term: 7, primary: "db-01", standby: "db-02" },
  ...{ leader: "db-01", heir: null, vacantFor: 0, paused: false, wanted: null },
  ...differs,
});
const replica: Mysql = {
  ...{ open: false, empty: false, waits: false, confirmed: false },
  ...{ stuckFor: 0, receives: "db-01", reaches: true, admits: ["db-01"] },
};
const peer = (differs: Partial<Peer> = {}): Peer => ({
  ...{ open: false, receives: "db-01", admits: ["db-02"], hasMine: true, near: true },
  ...differs,
});
const primary = (differs: Partial<Seen> = {}): Seen => ({
  ...{ me: "db-01", store: store(), mysql: open, peers: { "db-02": peer() } },
  ...differs,
});
const standby = (differs: Partial<Seen> = {}): Seen => ({
  ...{
    me: "db-02",
    store: store(),
    mysql: replica,
    peers: { "db-01": peer({ open: true, receives: null }) },
  },
  ...differs,
});
const alone = store({ sync: { term: 7, primary: "db-01", standby: null } });
const vacant = store({ leader: null, vacantFor: TIMES.grace });
const stuck = { ...open, stuckFor: TIMES.alone };
const helpless = { ...open, stuckFor: TIMES.helpless };

describe("a primary", () => {
  test.each<[string, Seen, string]>([
    ["does nothing while all is well", primary(), "nothing"],
    ["takes the lease again if it has ended", primary({ store: store({ leader: null }) }), "lead again"],
    ["goes on alone if nothing is confirmed for long", primary({ mysql: stuck }), "go on alone"],
    [
      "says that it has no standby if somebody has switched off that commits wait",
      primary({ mysql: { ...open, waits: false } }),
      "go on alone",
    ],
    [
      "opens with nothing if there was never anything",
      primary({
        store: store({ sync: { term: 1, primary: "db-01", standby: null, newborn: true } }),
        mysql: { ...replica, receives: null, empty: true },
      }),
      "open",
    ],
    [
      "does not open with nothing if there was something: another one may still have it",
      primary({ store: alone, mysql: { ...replica, receives: null, empty: true } }),
      "nothing",
    ],
    ["opens after a restart", primary({ mysql: { ...replica, receives: null } }), "open"],
    ["resigns if its MySQL has ended", primary({ mysql: "gone" }), "resign"],
    [
      "keeps the lease if its MySQL has ended and nobody may follow",
      primary({ store: alone, mysql: "gone" }),
      "nothing",
    ],
    [
      "makes commits wait once a replica has everything",
      primary({ store: alone, mysql: { ...open, waits: false } }),
      "wait",
    ],
    [
      "tries whether the replica confirms",
      primary({ store: alone, mysql: { ...open, confirmed: false } }),
      "probe",
    ],
    ["publishes a replica that has confirmed", primary({ store: alone }), "publish"],
    [
      "waits for nobody if the replica has gone",
      primary({ store: alone, peers: { "db-02": null } }),
      "go on alone",
    ],
    ["goes on while the store is away", primary({ store: null }), "nothing"],
    [
      "goes on alone while the store is away",
      primary({ store: null, mysql: { ...open, waits: false, stuckFor: TIMES.helpless } }),
      "nothing",
    ],
    [
      "waits for the store for a moment, if it has no standby",
      primary({ store: null, mysql: stuck }),
      "nothing",
    ],
    ["ends if it has neither store nor standby", primary({ store: null, mysql: helpless }), "kill"],
    ["closes for a switchover", primary({ store: store({ wanted: "db-02" }) }), "close"],
    [
      "closes for no switchover while people have paused promotion",
      primary({ store: store({ wanted: "db-02", paused: true }) }),
      "nothing",
    ],
    [
      "closes for no switchover to one that is no standby",
      primary({ store: { ...alone, wanted: "db-02" }, mysql: { ...open, waits: false } }),
      "wait",
    ],
    [
      "resigns once it is closed and the other one has everything",
      primary({ store: store({ wanted: "db-02" }), mysql: { ...open, open: false } }),
      "resign",
    ],
    [
      "does not resign before the other one has everything",
      primary({
        ...{ store: store({ wanted: "db-02" }), mysql: { ...open, open: false } },
        peers: { "db-02": peer({ hasMine: false }) },
      }),
      "nothing",
    ],
    [
      "lets its heir take the lead",
      primary({
        store: store({ wanted: "db-02", heir: "db-02", leader: null }),
        mysql: { ...open, open: false },
      }),
      "nothing",
    ],
    [
      "takes the lease again if its heir does not",
      primary({
        store: store({ wanted: "db-02", heir: "db-02", leader: null, vacantFor: TIMES.handOver }),
        mysql: { ...open, open: false },
      }),
      "lead again",
    ],
  ])("%s", (_, seen, step) => {
    expect(decide(seen).do).toBe(step);
  });
});

describe("another database", () => {
  const former = (sync: Store["sync"], differs: Partial<Seen> = {}) =>
    standby({ store: store({ sync }), mysql: { ...replica, receives: null }, ...differs });
  test.each<[string, Seen, string]>([
    ["receives", standby(), "nothing"],
    [
      "stops receiving from a machine that is gone, so that nothing has to wait for that later",
      standby({ mysql: { ...replica, reaches: false }, peers: { "db-01": null } }),
      "revoke",
    ],
    [
      "tries to receive as long as the other manager answers",
      standby({ mysql: { ...replica, reaches: false } }),
      "nothing",
    ],
    [
      "receives although the other manager does not answer, as long as it is connected",
      standby({ peers: { "db-01": null } }),
      "nothing",
    ],
    [
      "waits before it follows a primary that has only lost its lease",
      standby({ store: store({ leader: null }) }),
      "nothing",
    ],
    ["first stops receiving", standby({ store: vacant }), "revoke"],
    ["then takes the lead", standby({ store: vacant, mysql: { ...replica, receives: null } }), "take"],
    [
      "follows at once if it is the heir",
      standby({ store: store({ leader: null, heir: "db-02" }) }),
      "revoke",
    ],
    [
      "follows nobody while people have paused promotion",
      standby({ store: { ...vacant, paused: true } }),
      "nothing",
    ],
    [
      "follows nobody if it is not the standby",
      standby({ store: { ...alone, leader: null, vacantFor: 60_000 } }),
      "nothing",
    ],
    ["follows nobody while the store is away", standby({ store: null }), "nothing"],
    ["is attached", former({ term: 8, primary: "db-01", standby: null }), "attach"],
    [
      "is copied if it has what the primary never had",
      former(
        { term: 8, primary: "db-01", standby: null },
        { peers: { "db-01": peer({ open: true, hasMine: false }) } },
      ),
      "clone",
    ],
    [
      "keeps what it has while it may still be promoted",
      former(
        { term: 8, primary: "db-01", standby: "db-02" },
        { peers: { "db-01": peer({ open: true, hasMine: false }) } },
      ),
      "nothing",
    ],
    ["waits for nobody to confirm", standby({ mysql: { ...replica, waits: true } }), "let go"],
    ["that takes writes ends at once", standby({ mysql: open }), "kill"],
    [
      "that takes writes ends at once, also while promotion is paused",
      standby({ mysql: open, store: store({ paused: true }) }),
      "kill",
    ],
    ["that is frozen ends", standby({ mysql: "frozen" }), "kill"],
    ["that starts is given time", standby({ mysql: "starting" }), "nothing"],
  ])("%s", (_, seen, step) => {
    expect(decide(seen).do).toBe(step);
  });
});

describe("of three databases", () => {
  const follower = (receives: string | null, differs: Partial<Peer> = {}) =>
    peer({ receives, admits: [], ...differs });
  const head = (admits: readonly string[], mysql: Partial<Mysql> = {}, more: Partial<Seen> = {}) =>
    primary({
      ...{ store: alone, mysql: { ...open, waits: false, admits, ...mysql } },
      peers: { "db-02": follower("db-01"), "db-03": follower("db-01") },
      ...more,
    });
  const third = (
    admits: readonly string[],
    mysql: Partial<Mysql>,
    from: Partial<Peer> = {},
    of: Partial<Peer> = {},
  ) =>
    standby({
      ...{ me: "db-03", mysql: { ...replica, admits: ["db-01", "db-02"], ...mysql } },
      peers: {
        "db-01": peer({ open: true, receives: null, admits, ...of }),
        "db-02": follower("db-01", from),
      },
    });
  const asked: readonly [string, Seen, object][] = [
    [
      "the primary lets in one that follows, before commits wait",
      head(["db-02", "db-03"], {}, { peers: { "db-02": follower(null), "db-03": follower("db-01") } }),
      { do: "admit", only: "db-03" },
    ],
    ["the primary then makes commits wait", head(["db-02"]), { do: "wait" }],
    [
      "the primary lets in another one if the first does not answer",
      head(["db-02"], {}, { peers: { "db-02": null, "db-03": follower(null) } }),
      { do: "admit", only: "db-03" },
    ],
    [
      "the primary goes on alone if somebody has let in a second one",
      head(["db-02", "db-03"], { waits: true }, { store: store() }),
      { do: "go on alone" },
    ],
    [
      "the third receives from the one that is let in",
      third(["db-02"], { receives: null }),
      { do: "attach", to: "db-02" },
    ],
    ["the third first stops what it receives", third(["db-02"], { receives: "db-01" }), { do: "revoke" }],
    [
      "the third waits for one that does not have everything yet",
      third(["db-02"], { receives: null }, { hasMine: false }),
      { do: "nothing", why: "db-02 does not have everything yet" },
    ],
    [
      "the third is copied from there if it has what the primary never had",
      third(["db-02"], { receives: null }, { hasMine: false }, { hasMine: false }),
      { do: "clone", from: "db-02" },
    ],
    [
      "the third receives from the primary once that lets it in",
      third(["db-03"], { receives: null }),
      { do: "attach", to: "db-01" },
    ],
    [
      "a former primary lets in all again",
      third(["db-02"], { receives: "db-02", admits: ["db-02"] }),
      { do: "admit", only: null },
    ],
    [
      "a new one, which has no accounts to let anybody in, is copied all the same",
      third(["db-02"], { receives: null, admits: [], empty: true }, { hasMine: false }, { hasMine: false }),
      { do: "clone", from: "db-02" },
    ],
  ];
  test.each(asked)("%s", (_, seen, step) => {
    expect(decide(seen)).toEqual(step);
  });
});
