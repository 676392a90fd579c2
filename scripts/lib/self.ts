import { define } from "./command.ts";

// The commands that are about all commands, apart from what they do: they describe themselves, too.

export const DOCS = define({
  name: "docs",
  summary: "Writes the pages of docs/ that are made from the code and from kept figures.",
  flags: {
    record: {
      flags: "--record",
      help: "also run the commands that docs/infrastructure.md quotes, on a site that is up, and put their output there",
    },
  },
  examples: [
    ["npm run docs", "after a change of a flag, a variable or a port, and after bench -- traffic --record"],
    ["npm run docs -- --record", "with the lab up"],
  ],
});

export const COMPLETION = define({
  name: "completion",
  summary: "Prints what makes a shell complete the flags, hosts and roles of these commands.",
  args: [{ name: "<shell>", help: "bash, zsh or fish", values: ["bash", "zsh", "fish"] }],
  flags: {},
  examples: [
    ["source <(npm run -s completion -- bash)", "bash, in this checkout; also in ~/.bashrc"],
    ["source <(npm run -s completion -- zsh)", "zsh, after compinit; also in ~/.zshrc"],
    ["npm run -s completion -- fish | source", "fish; also in ~/.config/fish/config.fish"],
  ],
});
