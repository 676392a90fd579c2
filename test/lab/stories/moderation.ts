import { describe, expect, test } from "vitest";
import { isPrimary } from "../databases.ts";
import { eventually, hosts, inside, run, visit } from "../machines.ts";

const SENT = {
  method: "POST",
  headers: { "content-type": "application/json", "idempotency-key": "moderation-story" },
  body: JSON.stringify({ name: 'it\'s "Eve" \\', message: "rude words %_\nאב" }),
} as const;

/** What a moderator does with an entry, and what visitors see of it. */
export function moderation(): void {
  describe("a moderator", () => {
    test("hides an entry from all pages, shows it again, and deletes it", async () => {
      const sent = await visit("/api/entries", SENT);
      expect(sent.status).toBe(201);
      const { id } = JSON.parse(sent.body) as { id: number };
      await eventually(10, async () => expect(await seen(id)).toEqual({ ...EVERYWHERE, as: ["there"] }));

      const { primary, entries } = JSON.parse(
        (await guestbook("--search", "RUDE words %_", "--json")).stdout,
      );
      expect(entries).toEqual([expect.objectContaining({ id, ...JSON.parse(SENT.body), hiddenAt: null })]);
      expect(primary).toBe(sent.database);

      expect(await guestbook("hide", `${id}`, "999999999")).toEqual({
        exitCode: 3,
        stdout: `${id}  hidden\n999999999  is not there\n`,
        stderr: "",
      });
      // At once, on replicas too: the command has waited for them.
      expect(await seen(id)).toEqual({ ...EVERYWHERE, as: ["gone"] });
      expect((await visit("/api/entries", SENT)).status).toBe(200);
      expect(await seen(id)).toEqual({ ...EVERYWHERE, as: ["gone"] });
      expect((await guestbook("list", "--hidden")).stdout).toMatch(
        new RegExp(`^${id} .* hidden .*rude`, "m"),
      );

      expect((await guestbook("show", `${id}`)).stdout).toBe(`${id}  shown again\n`);
      expect(await seen(id)).toEqual({ ...EVERYWHERE, as: ["there"] });

      expect(await guestbook("delete", `${id}`)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("found no terminal to ask on"),
      });
      expect((await guestbook("delete", "--yes", `${id}`)).stdout).toBe(`${id}  deleted\n`);
      expect(await seen(id)).toEqual({ ...EVERYWHERE, as: ["gone"] });
      expect((await guestbook("list", `${id}`)).exitCode).toBe(3);
    });

    test("is told which database does not have a change yet", async () => {
      const { id, primary } = await written();
      const [replica = ""] = DATABASES.filter((name) => name !== primary);
      await inside(replica, "mysql --no-defaults -e 'STOP REPLICA SQL_THREAD'");
      const hidden = await guestbook("hide", `${id}`).finally(() =>
        inside(replica, "mysql --no-defaults -e 'START REPLICA SQL_THREAD'"),
      );
      expect(hidden).toEqual({
        exitCode: 0,
        stdout: `${id}  hidden\n`,
        stderr: expect.stringContaining(`${replica} does not have this yet`),
      });
      expect((await guestbook("delete", "--yes", `${id}`)).stderr).toBe("");
    });

    test("reads what guests wrote, and the terminal obeys none of it", async () => {
      const { id, primary } = await written();
      await inside(
        primary,
        `mysql --no-defaults -e "UPDATE guestbook.entries SET message = CONCAT(CHAR(27), '[2J', _utf8mb4 X'c29b', 'x') WHERE id = ${id}"`,
      );
      expect((await guestbook("list", `${id}`)).stdout).toContain("\\u{1b}[2J\\u{9b}x");
      expect((await guestbook("list", `${id}`, "--json")).stdout).toContain("\\u001b[2J\\u009bx");
      await guestbook("delete", "--yes", `${id}`);
    });

    test("changes nothing while no database takes writes, or two do", async () => {
      const { id, primary } = await written();
      const [replica = ""] = DATABASES.filter((name) => name !== primary);
      const readOnly = (host: string, on: "ON" | "OFF") =>
        inside(
          host,
          `mysql --no-defaults -e 'SET GLOBAL read_only = ${on}; SET GLOBAL super_read_only = ${on}'`,
        );
      // They would open the one again, and end the other.
      for (const host of [replica, primary]) await inside(host, "systemctl stop failover");
      await readOnly(primary, "ON");
      const none = await guestbook("hide", `${id}`).finally(() => readOnly(primary, "OFF"));
      expect(none).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining("no database takes writes"),
      });
      await readOnly(replica, "OFF");
      const two = await guestbook("hide", `${id}`).finally(() => readOnly(replica, "ON"));
      await inside(primary, "systemctl start failover");
      await eventually(20, () => isPrimary(primary));
      await inside(replica, "systemctl start failover");
      expect(two).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining("two databases take writes"),
      });
      expect(JSON.parse((await guestbook("list", `${id}`, "--json")).stdout).entries).toEqual([
        expect.objectContaining({ hiddenAt: null }),
      ]);
      expect((await guestbook("delete", "--yes", `${id}`)).stdout).toBe(`${id}  deleted\n`);
      await eventually(30, async () => expect((await visit("/readyz")).status).toBe(200));
    });
  });
}

// --- internal ---

const DATABASES = hosts.map(({ name }) => name).filter((name) => name.startsWith("db-"));

/** All web servers have answered, and a replica was read on the way. */
const EVERYWHERE = { servers: ["web-01", "web-02", "web-03"], fromReplica: true };

const guestbook = (...words: string[]) => run("scripts/guestbook.ts", ...words);

/** An entry, and who is the primary. */
async function written(): Promise<{ id: number; primary: string }> {
  const body = JSON.stringify({ name: "story", message: "of moderation" });
  const headers = { "content-type": "application/json" };
  const answer = await visit("/api/entries", { method: "POST", headers, body });
  expect(answer.status).toBe(201);
  return { id: (JSON.parse(answer.body) as { id: number }).id, primary: answer.database ?? "" };
}

/** Where an entry is seen: on the page, in the list and by its id, asked of every web server. */
async function seen(id: number) {
  const answers = [];
  for (const path of ["/", "/api/entries?limit=100", `/api/entries/${id}`])
    for (let at = 0; at < 6; at++) answers.push(await visit(path));
  const as = answers.map(({ body }) => (/rude words/.test(body) ? "there" : "gone"));
  const { primary } = JSON.parse((await visit("/api/server")).body) as { primary: string };
  return {
    servers: [...new Set(answers.map(({ servedBy }) => servedBy))].sort(),
    fromReplica: answers.some(({ database }) => database !== null && database !== primary),
    as: [...new Set(as)],
  };
}
