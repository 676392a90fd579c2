import { z } from "zod";
import { apt, file, role, text } from "../../engine/index.ts";

export const base = role("base", {
  summary: "what every machine has",
  vars: z.object({}),
  resources: () => [apt("curl"), file("/etc/quintet-test", { content: text`hello` })],
});
