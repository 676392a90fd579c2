/** Runs on a lab machine, bundled into one file: `ask` tries what a client may do, `write` writes until it is stopped. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Etcd } from "../../../failover/src/store/etcd.ts";

const [mode, urls = "", pair = "", key = "", file = ""] = process.argv.slice(2);
const store = new Etcd(
  urls.split(","),
  { authority: readFileSync("/etc/etcd/authority.pem", "utf8"), pair: readFileSync(pair, "utf8") },
  1000,
);
const told = (work: Promise<unknown>) =>
  work.then(
    (value) => value,
    (error: Error) => error.message,
  );

if (mode === "ask") await ask();
if (mode === "write") await write();

/** All that the failover's manager needs of the store. Each answer, or why there is none. */
async function ask(): Promise<void> {
  const heard: (string | undefined)[] = [];
  const watching = await told(store.watch(key, (value) => heard.push(value ?? "gone")));
  const lease = await told(store.grant(3));
  const swap = (revision: bigint) =>
    told(
      store.change({
        expects: { [key]: revision },
        changes: { [key]: { value: "mine", lease: lease as bigint } },
      }),
    );
  const answers = {
    before: await told(store.get(key)),
    watches: typeof watching === "string" ? watching : "watches",
    swapped: await swap(0n),
    "swapped again": await swap(0n),
    kept: typeof lease === "bigint" ? await told(store.keep(lease)) : lease,
    after: await told(store.get(key)).then(
      (entry) => (entry as { value?: string } | undefined)?.value ?? entry,
    ),
  };
  // A lease that nobody keeps ends, after its three seconds and as long as a leader needs to see it.
  for (let left = 100; left > 0 && heard.length === 1; left--) await sleep(100);
  console.log(JSON.stringify({ ...answers, heard }));
  store.close();
}

/** Writes to whichever member answers, and notes the longest time between two writes that were acknowledged. */
async function write(): Promise<void> {
  let [writes, longest, last] = [0, 0, performance.now()];
  process.on("SIGTERM", () => {
    writeFileSync(file, JSON.stringify({ writes, longestMs: Math.round(longest) }));
    process.exit();
  });
  for (;;) {
    try {
      await store.put(key, `${writes + 1}`);
      writes++;
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    } catch {
      // The next one goes to another member.
    }
    await sleep(20);
  }
}
