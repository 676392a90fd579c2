import { type Definition, type Flag, npmRun, usageOf } from "../command.ts";
import { COMMANDS } from "../commands.ts";

/** docs/use/commands.md: every command, from its definition. */
export function commandsPage(): string {
  return `# Commands

Made by \`npm run docs\`, from what the commands say of themselves. Each prints the same with \`--help\`.

\`npm run\` takes flags of ours after \`--\`: \`npm run smoke -- --gentle\`. Completion for bash, zsh and fish:
[npm run completion](#npm-run-completion).

| command | what it does |
| --- | --- |
${COMMANDS.map((command) => `| [\`${npmRun(command.name)}\`](#${anchorOf(command)}) | ${command.summary} |`).join("\n")}
| \`npm run typecheck\` | TypeScript, strict. |
| \`npm run lint\` | Biome: lint, format, import circles, and imports that go against the order of the folders. |
| \`npm run format\` | Biome, and writes what it can mend. |

${COMMANDS.map(section).join("\n")}`;
}

// --- internal ---

function anchorOf({ name }: Definition): string {
  return npmRun(name).replaceAll(" ", "-").replaceAll(":", "");
}

function section(command: Definition): string {
  const { name, summary, args = [], flags, words, examples, exitCodes } = command;
  const all: (readonly [string, string])[] = [
    ...args.map(({ name, help }) => [code(name), help] as const),
    ...Object.values(flags).map((flag) => [code(flag.flags), helpOf(flag)] as const),
  ];
  const wanted = Object.entries(words ?? {}).map(([word, meaning]) => [code(word), meaning] as const);
  const codes = Object.entries(exitCodes ?? {});
  return [
    `## ${npmRun(name)}\n`,
    `${summary}\n`,
    `\`\`\`sh\n${usageOf(command)}\n\`\`\`\n`,
    ...table(["argument or flag", "meaning"], all),
    ...table(["word", "meaning"], wanted),
    `\`\`\`sh\n${examples.map(([line, what]) => `${line}   # ${what}`).join("\n")}\n\`\`\`\n`,
    ...table(["exit code", "meaning"], codes),
  ].join("\n");
}

function helpOf({ help, default: otherwise }: Flag): string {
  return otherwise === undefined ? help : `${help} (\`${otherwise}\` unless given)`;
}

const code = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;

function table(
  titles: readonly [string, string],
  rows: readonly (readonly [string, string])[],
): readonly string[] {
  if (rows.length === 0) return [];
  const lines = [titles, ["---", "---"], ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return [`${lines.join("\n")}\n`];
}
