import { UsageError } from "../../engine/util/errors.ts";
import { type Definition, type Flag, npmRun, type Values } from "./command.ts";

/** What the inventory and the site have, for values of flags. */
export interface Names {
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
  readonly roles: readonly string[];
}

/** A script for bash, zsh or fish that completes these commands, in a checkout of this project only. Throws UsageError. */
export function completionFor(shell: string, commands: readonly Definition[], names: Names): string {
  const script = SHELLS[shell as keyof typeof SHELLS];
  if (!script)
    throw new UsageError(`completion: found "${shell}"; expected ${Object.keys(SHELLS).join(", ")}`);
  return script(commands, names);
}

// --- internal ---

const SHELLS = { bash, zsh, fish } as const;

/** Only here: other projects have scripts of the same names. */
const IN_CHECKOUT = `grep -q '"name": "quintet"' package.json 2>/dev/null`;

function wordsOf(values: Values | undefined, { hosts, groups, roles }: Names): readonly string[] {
  if (values === undefined) return [];
  // A value of several words would be offered as so many values.
  if (typeof values !== "string") return values.filter((value) => !/\s/.test(value));
  return { files: [], hosts, limit: [...hosts, ...groups], roles }[values];
}

const optionsOf = ({ flags }: Flag) => flags.replace(/ <.*$/, "").split(", ");
const takesValue = ({ flags }: Flag) => flags.includes("<");

/** Words after which something is expected: `case` patterns of POSIX shells, and what is offered there. */
function cases(
  commands: readonly Definition[],
  names: Names,
  files: string,
  offer: (words: string) => string,
) {
  return commands.flatMap(({ name, args = [], flags }) => {
    const all = Object.values(flags);
    const after = all.filter(takesValue).map((flag) => {
      const pattern = optionsOf(flag)
        .map((option) => `"${name} ${option}"`)
        .join(" | ");
      const words = wordsOf(flag.values, names);
      return `    ${pattern}) ${flag.values === "files" ? files : offer(words.join(" "))} ;;`;
    });
    const anywhere = [
      ...all.flatMap(optionsOf),
      "--help",
      ...args.flatMap(({ values }) => wordsOf(values, names)),
    ];
    return [...after, `    "${name} "*) ${offer(anywhere.join(" "))} ;;`];
  });
}

/** The commands that follow `npm run`. */
function scriptNames(commands: readonly Definition[]): string {
  return commands
    .filter(({ name }) => npmRun(name) !== "npm test")
    .map(({ name }) => name)
    .join(" ");
}

function bash(commands: readonly Definition[], names: Names): string {
  return `# source <(npm run -s completion -- bash)
[ -n "\${_quintet_before+set}" ] || _quintet_before=$(complete -p npm 2>/dev/null | sed -n 's/.* -F \\([^ ]*\\) .*/\\1/p')

_quintet() {
  local words command='' current=''
  COMPREPLY=()
  # From the line: bash takes test:vagrant for three words.
  read -ra words <<<"\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:0:COMP_POINT}" == *' ' ]] || current=\${words[\${#words[@]} - 1]}
  if ${IN_CHECKOUT}; then
    [ "\${words[1]:-}" != test ] || [ "\${words[2]:-}" != -- ] || command=test
    [ "\${words[1]:-}" != run ] || [ "\${words[3]:-}" != -- ] || command=\${words[2]}
    if [ "\${words[1]:-}" = run ] && [ "\${#words[@]}" -le 3 ] && [ -z "$command" ]; then
      _quintet_offer "${scriptNames(commands)}"
      return
    fi
  fi
  local previous=\${words[\${#words[@]} - 1]}
  [ -z "$current" ] || previous=\${words[\${#words[@]} - 2]}
  case "$command $previous" in
    ' '*) [ -z "$_quintet_before" ] || "$_quintet_before" "$@" ;;
${cases(commands, names, 'mapfile -t COMPREPLY < <(compgen -f -- "$current")', (words) => `_quintet_offer "${words}"`).join("\n")}
  esac
}

_quintet_offer() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
  # What stands before a colon is on the line already, for bash.
  [[ "$current" != *:* || "$COMP_WORDBREAKS" != *:* ]] || COMPREPLY=("\${COMPREPLY[@]#"\${current%:*}:"}")
}

complete -o default -F _quintet npm`;
}

function zsh(commands: readonly Definition[], names: Names): string {
  return `# source <(npm run -s completion -- zsh)
(( \${+_quintet_before} )) || typeset -g _quintet_before=\${_comps[npm]:-_default}

_quintet() {
  local command=''
  if ${IN_CHECKOUT}; then
    [[ $words[2] == test && $words[3] == -- && $CURRENT -gt 3 ]] && command=test
    [[ $words[2] == run && $words[4] == -- && $CURRENT -gt 4 ]] && command=$words[3]
    if [[ $words[2] == run && $CURRENT -eq 3 ]]; then
      compadd -- ${scriptNames(commands)}
      return
    fi
  fi
  case "$command $words[CURRENT-1]" in
    ' '*) $_quintet_before "$@" ;;
${cases(commands, names, "_files", (words) => (words === "" ? ":" : `compadd -- ${words}`)).join("\n")}
  esac
}

compdef _quintet npm`;
}

/** Behind `--` fish takes flags for arguments, so they are offered as such. */
function fish(commands: readonly Definition[], names: Names): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, args = [], flags }) => {
    const all = Object.values(flags);
    const awaiting = all.filter(takesValue);
    const here = `complete -c npm -n '__quintet_at ${[name, ...awaiting.flatMap(optionsOf)].join(" ")}' -f`;
    const after = awaiting.map((flag) => {
      const words = wordsOf(flag.values, names).join(" ");
      const offer = flag.values === "files" ? "-F" : `-f -a ${quoted(words)}`;
      return `complete -c npm -n '__quintet_after ${name} ${optionsOf(flag).join(" ")}' ${offer}`;
    });
    const words = args.flatMap(({ values }) => wordsOf(values, names));
    return [
      ...after,
      ...all.map((flag) => `${here} -a ${quoted(optionsOf(flag).join(" "))} -d ${quoted(flag.help)}`),
      ...(words.length === 0 ? [] : [`${here} -a ${quoted(words.join(" "))}`]),
    ];
  });
  return `# npm run -s completion -- fish | source
function __quintet_in
  ${IN_CHECKOUT}; or return 1
  set -l words (commandline -opc)
  if test "$argv[1]" = test
    test "$words[2]" = test -a "$words[3]" = --
  else
    test "$words[2]" = run -a "$words[3]" = "$argv[1]" -a "$words[4]" = --
  end
end

function __quintet_at
  __quintet_in $argv[1]; and not contains -- (commandline -opc)[-1] $argv[2..]
end

function __quintet_after
  __quintet_in $argv[1]; and contains -- (commandline -opc)[-1] $argv[2..]
end

function __quintet_run
  ${IN_CHECKOUT}; or return 1
  set -l words (commandline -opc)
  test (count $words) -eq 2 -a "$words[2]" = run
end

complete -c npm -n __quintet_run -f -a ${quoted(scriptNames(commands))}
${lines.join("\n")}`;
}
