import { describe, expect, test } from "vitest";
import { replication } from "../../roles/replication/index.ts";
import { five, say } from "../helpers/role-context.ts";

const BARE = { facts: { "db-01": "manager \n", "db-02": "manager \n" } };
const KNOWN = {
  facts: {
    "db-01": `manager ${JSON.stringify({ store: { sync: { term: 3, primary: "db-01" } } })}\nwritable 1\nused 1\n`,
    "db-02": "manager \nwritable 0\nused 1\n",
  },
};

describe("role replication", () => {
  test("tells a store that knows nothing who the primary is, and waits until that takes writes", () => {
    expect(say(replication(), five, "db-01", BARE).ids).toEqual([
      "seeded[db-01]",
      "opened[primary]",
      "account[replication]",
    ]);
  });

  test("tells the store nothing that it knows", () => {
    expect(say(replication(), five, "db-01", KNOWN).ids).toEqual(["opened[primary]", "account[replication]"]);
  });

  test("waits on a replica until its manager has made it one", () => {
    expect(say(replication(), five, "db-02", KNOWN).ids).toEqual(["replication[db-01]"]);
  });

  test("gives each database an account of its own, which begins locked: the managers let them in", () => {
    const made = say(replication(), five, "db-01", KNOWN).content("account[replication]");
    expect(made.match(/CREATE USER IF NOT EXISTS \S+@\S+ .*/g)).toEqual([
      expect.stringMatching(/'replication'@'192\.168\.56\.14' .* ACCOUNT LOCK;$/),
      expect.stringMatching(/'replication'@'192\.168\.56\.15' .* ACCOUNT LOCK;$/),
    ]);
    expect(made).not.toContain("ACCOUNT UNLOCK");
    expect(made).toContain("Host NOT IN ('192.168.56.14', '192.168.56.15')");
  });
});
