import { createHistogram } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { Pool } from "undici";

/** What open-loop.ts hands over on the command line, as JSON. */
export interface Schedule {
  /** `https://192.168.56.10` */
  readonly origin: string;
  readonly path: string;
  readonly host: string;
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** What it prints, as JSON. Latencies in milliseconds, from the time when a request was due to its answer's last byte. */
export interface Answered {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly requests: number;
  /** Without an answer, or with another status than 200. They are among the latencies, too. */
  readonly failed: number;
  /** How late requests were sent, by this program's own fault: the median in milliseconds. */
  readonly late: number;
}

const { origin, path, host, rate, seconds } = JSON.parse(process.argv[2] ?? "{}") as Schedule;

/** As many as that are kept open. A request that finds all of them busy waits for one, and the wait counts. */
const CONNECTIONS = 64;
/** In this time connections are opened and V8 compiles. What is due in it is sent, and not counted. */
const WARM_MS = 1500;

const latencies = createHistogram({ figures: 3 });
const lateness = createHistogram({ figures: 3 });
const pool = new Pool(origin, { connections: CONNECTIONS, connect: { rejectUnauthorized: false } });
const began = performance.now();
const total = Math.floor(((WARM_MS + seconds * 1000) * rate) / 1000);
let sent = 0;
let ended = 0;
let failed = 0;

ticking(sendWhatIsDue);

// --- internal ---

/** The schedule is fixed from the beginning: it does not wait for answers, and so a stall is seen by all who came in it. */
function sendWhatIsDue(): void {
  const now = performance.now() - began;
  for (; sent < total && (sent * 1000) / rate <= now; sent++) ask((sent * 1000) / rate, now);
}

function ask(due: number, now: number): void {
  const counts = due >= WARM_MS;
  if (counts) lateness.record(nanoseconds(now - due));
  const end = (isRight: boolean) => {
    if (counts) latencies.record(nanoseconds(performance.now() - began - due));
    if (counts && !isRight) failed++;
    if (++ended === total) finish();
  };
  let isRight = false;
  pool.dispatch(
    { path, method: "GET", headers: { host } },
    {
      onConnect() {},
      onHeaders: (status) => {
        isRight ||= status === 200;
        return true;
      },
      onData: () => true,
      onComplete: () => end(isRight),
      onError: () => end(false),
    },
  );
}

function finish(): void {
  const ms = (percent: number) => latencies.percentile(percent) / 1e6;
  const answered: Answered = {
    p50: ms(50),
    p99: ms(99),
    p999: ms(99.9),
    requests: latencies.count,
    failed,
    late: lateness.percentile(50) / 1e6,
  };
  console.log(JSON.stringify(answered));
  process.exit(0);
}

function nanoseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1e6));
}

/** Calls back four times a millisecond. Node's own timers wake once in a millisecond, which is as long as an answer takes. */
function ticking(work: () => void): void {
  const waits =
    "const { parentPort } = require('node:worker_threads'); const never = new Int32Array(new SharedArrayBuffer(4));" +
    "for (;;) { Atomics.wait(never, 0, 0, 0.25); parentPort.postMessage(0); }";
  new Worker(waits, { eval: true }).on("message", work);
}
