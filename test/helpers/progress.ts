import type { Reporter, TestCase } from "vitest/node";

/** Prints each story when it ends, with its seconds, and why it failed. vitest's own report comes after the last one. */
export default class Progress implements Reporter {
  onTestCaseResult(story: TestCase): void {
    const { state, errors } = story.result();
    const seconds = ((story.diagnostic()?.duration ?? 0) / 1000).toFixed(1);
    console.log(`${WORDS[state] ?? state}  ${seconds.padStart(6)} s  ${story.fullName}`);
    for (const error of errors ?? []) console.log(`        ${error.stack ?? error.message}`);
  }
}

// --- internal ---

const WORDS: Readonly<Record<string, string>> = { passed: "ok  ", failed: "FAIL", skipped: "skip" };
