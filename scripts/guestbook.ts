import { readInventory } from "../engine/model/inventory/index.ts";
import { wholeNumber } from "./lib/cli.ts";
import { define, start } from "./lib/command.ts";
import { EXIT_CODES, INVENTORY } from "./lib/flags.ts";
import { idsFor, pointIn, requireListing, VERBS, verbIn } from "./lib/guestbook/arguments.ts";
import { requireTerminal } from "./lib/guestbook/confirmation.ts";
import { Databases } from "./lib/guestbook/databases.ts";
import { changeEntries, listEntries } from "./lib/guestbook/perform.ts";

export const definition = define({
  name: "guestbook",
  summary: "Moderates the guestbook: lists, hides, shows and deletes entries, on the primary.",
  args: [
    { name: "[verb]", help: "what is to be done: list unless given", values: VERBS },
    { name: "[id...]", help: "with which entries" },
  ],
  flags: {
    inventory: INVENTORY,
    hidden: { flags: "--hidden", help: "list: only hidden entries" },
    search: { flags: "--search <text>", help: "list: only with this text in name or message" },
    from: {
      flags: "--from <when>",
      help: "list: since this day or time in UTC, or from this id on",
      parse: pointIn("from"),
    },
    before: {
      flags: "--before <when>",
      help: "list: older than this day, time or id",
      parse: pointIn("before"),
    },
    count: {
      flags: "--count <n>",
      help: "list: the newest n of them (20)",
      parse: wholeNumber("count", 1),
    },
    full: { flags: "--full", help: "list: whole messages" },
    yes: { flags: "-y, --yes", help: "delete: do not ask" },
    json: { flags: "--json", help: "as one JSON object" },
  },
  words: {
    "list [id...]": "entries with id, time, name and message, newest first; hidden ones too",
    "hide <id...>": "visitors do not see them any more; show brings them back",
    "show <id...>": "visitors see them again",
    "delete <id...>": "they are gone for good, on every database",
  },
  examples: [
    ["npm run guestbook -- list --from 2026-11-27 --search casino", "what came since that day"],
    ["npm run guestbook -- hide 12 13", "takes two entries off the site"],
    ["npm run guestbook -- delete --yes 12", "for good, and without a question"],
  ],
  exitCodes: {
    0: "done",
    1: EXIT_CODES[1],
    3: "an entry is not there, or no database takes writes, or two do",
    4: EXIT_CODES[4],
  },
});

start(definition, import.meta.filename, async ({ flags, args: [word = "list", ...words] }) => {
  const verb = verbIn(word);
  const ids = idsFor(verb, words);
  if (verb !== "list") requireListing(verb, flags);
  if (verb === "delete" && !flags.yes) requireTerminal();
  return Databases.with(readInventory(flags.inventory), (databases) =>
    verb === "list" ? listEntries(databases, { ...flags, ids }) : changeEntries(databases, verb, ids, flags),
  );
});
