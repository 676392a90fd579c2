import { setTimeout as sleep } from "node:timers/promises";
import { decide } from "./decide.ts";
import type { Database, Observed, Told } from "./mysql/database.ts";
import type { Steps } from "./mysql/steps.ts";
import type { Seen, Store } from "./seen.ts";
import type { Step } from "./step.ts";
import { Replaced, type Shared } from "./store/shared.ts";

export interface Parts {
  readonly me: string;
  readonly database: Database;
  readonly steps: Steps;
  readonly shared: Shared;
  readonly askPeers: () => Promise<Readonly<Record<string, Told | null>>>;
  readonly log: (what: string) => void;
  /** 1 for an ordinary machine; time limits are so many times as long. */
  readonly patience: number;
}

/** What a manager knows and does, for those who ask. */
export interface Status {
  /** When it last observed, by `performance.now()`. */
  at: number;
  observed: Observed;
  store: Store | null;
  /** By `performance.now()`, as far as it has seen: since then this is a primary without a standby. */
  aloneSince: number | undefined;
  /** Why the store said nothing. */
  storeWhy: string | undefined;
  step: Step;
  /** Steps done since the manager's start, by their names. */
  readonly done: Map<string, number>;
}

/** Milliseconds between two observations, if nothing is to be done: usually, and while the site waits for what a manager does next. */
const INTERVAL = { usual: 500, hurry: 50 };
/** Milliseconds after which nobody hurries any more. */
const HURRY = 10_000;

/** Observes, decides and does one step, again and again. Ends by throwing only, as when another manager has this one's name. */
export class Manager {
  readonly status: Status = {
    at: Number.NEGATIVE_INFINITY,
    observed: { mysql: undefined, peers: {}, told: null },
    store: null,
    aloneSince: undefined,
    storeWhy: undefined,
    step: { do: "nothing", why: "has observed nothing yet" },
    done: new Map(),
  };
  readonly #parts: Parts;
  #wake = new AbortController();
  #said: readonly string[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.database.session.onEnd = () => this.#wake.abort();
  }

  async run(): Promise<never> {
    // The lease outlasts a restart of its manager, however long MySQL takes to answer.
    await this.#store();
    for (let before = ""; ; ) {
      const began = performance.now();
      const step = await this.#turn();
      const now = JSON.stringify(step);
      // What has changed something may have made the next step possible. What is done over and over waits for others.
      if (step.do === "nothing" || now === before) await this.#rest(began);
      before = now;
    }
  }

  // --- internal ---

  async #turn(): Promise<Step> {
    const { me, database, askPeers } = this.#parts;
    const observed = await database.observe(await askPeers());
    // The store last: what a step changes there is compared with this.
    const store = await this.#store();
    Object.assign(this.status, {
      at: performance.now(),
      observed,
      store,
      aloneSince: this.#aloneSince(store),
    });
    if (observed.mysql === undefined)
      return this.#says({ do: "nothing", why: `MySQL does not answer: ${observed.why}` });
    const step = decide(this.#scaled({ me, store, mysql: observed.mysql, peers: observed.peers }));
    this.#says(step);
    await this.#act(step).catch((error: Error) => {
      if (error instanceof Replaced) throw error;
      this.#tells(`could not ${step.do}: ${error.message}`);
    });
    return step;
  }

  async #store(): Promise<Store | null> {
    try {
      const store = await this.#parts.shared.observe();
      this.status.storeWhy = undefined;
      return store;
    } catch (error) {
      if (error instanceof Replaced) throw error;
      this.status.storeWhy = (error as Error).message;
      return null;
    }
  }

  #aloneSince(store: Store | null): number | undefined {
    if (store === null) return this.status.aloneSince;
    const isAlone = store.sync.primary === this.#parts.me && store.sync.standby === null;
    return isAlone ? (this.status.aloneSince ?? performance.now()) : undefined;
  }

  async #act(step: Step): Promise<void> {
    const { steps, shared } = this.#parts;
    const term = this.status.store?.sync.term ?? 0;
    switch (step.do) {
      case "nothing":
        return;
      case "revoke":
        return steps.revoke();
      case "take":
        return this.#changed(shared.take());
      case "lead again":
        return this.#changed(shared.leadAgain());
      case "resign":
        return this.#changed(shared.resign(step.heir));
      case "open":
        return steps.open(step.waits, term);
      case "close":
        return steps.close();
      case "kill":
        return steps.kill();
      case "go on alone":
        await this.#changed(shared.publish(null));
        return steps.letCommitsGo();
      case "admit":
        return steps.admit(step.only);
      case "let go":
        return steps.letCommitsGo();
      case "wait":
        return steps.makeCommitsWait();
      case "probe":
        return steps.probe(term);
      case "publish":
        return this.#changed(shared.publish(step.standby));
      case "attach":
        return steps.attach(step.to);
      case "clone":
        return steps.clone(step.from);
    }
  }

  async #changed(change: Promise<boolean>): Promise<void> {
    if (!(await change)) throw new Error("the store has changed meanwhile");
  }

  /** Tells what is done, and what keeps it from doing something, once. */
  #says(step: Step): Step {
    this.status.step = step;
    const { done } = this.status;
    done.set(step.do, (done.get(step.do) ?? 0) + 1);
    const { do: what, ...how } = step;
    const words =
      what === "nothing" ? ["nothing to do:", ...Object.values(how)] : [what, ...Object.values(how)];
    const why = this.status.storeWhy ? ` (${this.status.storeWhy})` : "";
    this.#tells(words.join(" ") + why);
    return step;
  }

  /** Does not repeat either of the last two messages. */
  #tells(what: string): void {
    if (!this.#said.includes(what)) this.#parts.log(what);
    this.#said = [what, this.#said[0] ?? ""];
  }

  /** The rule knows the times of ordinary machines. */
  #scaled(seen: Seen): Seen {
    const { patience } = this.#parts;
    if (seen.store === null) return seen;
    return { ...seen, store: { ...seen.store, vacantFor: seen.store.vacantFor / patience } };
  }

  /** Nobody leads, a switchover is wanted, or commits wait for a standby that may be gone: writes stand still, or soon will. */
  #hurries(): boolean {
    const { store, observed } = this.status;
    const stuckFor = typeof observed.mysql === "object" ? observed.mysql.stuckFor : 0;
    if (stuckFor > 0 && stuckFor < HURRY) return true;
    if (store === null || store.paused) return false;
    if (store.leader === null) return store.vacantFor < HURRY;
    return store.wanted !== null && store.wanted === store.sync.standby;
  }

  /** Until the next observation is due, or MySQL has ended. */
  async #rest(began: number): Promise<void> {
    const interval = this.#hurries() ? INTERVAL.hurry * this.#parts.patience : INTERVAL.usual;
    const left = interval - (performance.now() - began);
    await sleep(Math.max(left, 20), undefined, { signal: this.#wake.signal }).catch(() => undefined);
    this.#wake = new AbortController();
  }
}
