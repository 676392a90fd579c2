import { describe, expect, test } from "vitest";
import { parseSignal, SHOWN } from "../../engine/program/protocol.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64");

describe("a line of a program", () => {
  test.each([
    ["ok 3", { word: "ok", n: 3 }],
    ["start 0", { word: "start", n: 0 }],
    ["handler-due 1 ", { word: "handler-due", n: 1, text: "" }],
    ["handler-start 1", { word: "handler-start", n: 1 }],
    [`handler-done 1 ${encoded("x")}`, { word: "handler-done", n: 1, text: "x" }],
    ["ended 3", { word: "ended", code: 3 }],
    [`left ${encoded("a b")}`, { word: "left", text: "a b" }],
    [`changed 2 ${encoded("a\nb ä")}`, { word: "changed", n: 2, text: "a\nb ä" }],
    ["changed 2 ", { word: "changed", n: 2, text: "" }],
    [`waiting 2 ${encoded("dpkg")}`, { word: "waiting", n: 2, text: "dpkg" }],
    [`fact 0 ${encoded("1\n")}`, { word: "fact", n: 0, text: "1\n" }],
    ["unknown 4 1", { word: "unknown", n: 4, waitsFor: 1 }],
    [`failed 4 apply 127 ${encoded("no")}`, { word: "failed", n: 4, phase: "apply", code: 127, text: "no" }],
    [`handler-failed 1 7 ${encoded("no")}`, { word: "handler-failed", n: 1, code: 7, text: "no" }],
    ["need 5 abc", { word: "need", n: 5, sha256: "abc" }],
    [`busy ${encoded("me")}`, { word: "busy", text: "me" }],
    [`locked ${encoded("me")}`, { word: "locked", text: "me" }],
    ["finished", { word: "finished" }],
    ["", undefined],
    ["Welcome to Debian", undefined],
    ["okay 3", undefined],
    ["constructor 3", undefined],
    ["trial 3", { word: "trial", n: 3 }],
    ["held", { word: "held" }],
  ])("%j", (line, signal) => {
    expect(parseSignal(line)).toEqual(signal);
  });

  test("with text that the host cut off is shown from a later start, with an ellipsis", () => {
    const whole = "x".repeat(SHOWN - 1);
    expect(parseSignal(`changed 0 ${encoded(whole)}`)).toMatchObject({ text: whole });
    expect(parseSignal(`changed 0 ${encoded(`${"s".repeat(300)}${whole}`.slice(0, SHOWN))}`)).toMatchObject({
      text: expect.stringMatching(/^…x{60000,}$/),
    });
  });
});
