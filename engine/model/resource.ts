import type { Shell } from "../template/shell.ts";
import type { Text } from "../template/text.ts";
import { CompileError } from "../util/errors.ts";
import type { Observation } from "./observation.ts";

/** What an observation must show for the resource to be as described. */
export interface Expectation {
  readonly observe: Observation;
  /** The exact value, or with `like` a shell pattern that it matches. */
  readonly is: string;
  readonly like?: boolean;
  /** A second value that is as good. */
  readonly or?: string;
  /** What it may show only since something is missing that a planned change brings: the plan calls it unknown then. */
  readonly pending?: readonly Pending[];
  /** What to call it where its value is shown; without a label the value is not shown. */
  readonly label?: string;
}

/** Shell patterns of what an observation shows while something is missing, and what: "accounts", "packages", "unit foobar.socket". */
export interface Pending {
  readonly on: string;
  readonly shows: readonly string[];
}

/** A file on the control machine that travels only when a host asks for it. Size in bytes. */
export interface Blob {
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
}

/** What is done once, after all resources of its role, when one that notifies it has changed. */
export interface Handler {
  readonly name: string;
  readonly run: Shell;
  /** The name of a handler that has nothing left to do after this one: it comes after it, whichever was notified first. */
  readonly covers?: string;
}

/** What every resource may be given, whatever its type. */
export interface Keywords {
  /** Handlers to run when this changes. Noted on the host, so that a run that dies cannot lose them. */
  readonly notify?: Handler | readonly Handler[];
  /** Resources that come first; while one of them is only planned, this one may be `unknown`. */
  readonly needs?: Resource | readonly Resource[];
  /** Comes before the packages of all roles: what their installation depends on, or what they must not be without. */
  readonly first?: boolean;
}

/** What a resource type says: how to see whether it is so, and how to make it so. */
export interface Description {
  /** Observations, answered together with everyone else's. */
  readonly expects?: readonly Expectation[];
  /** Asked when all expectations hold: exits 0 when it is so, 1 when not, anything else: could not tell. */
  readonly check?: Shell;
  /** Makes it so; runs with `set -eu`, after a check that said no, and is checked again afterwards. */
  readonly apply: Shell;
  /** Prints what apply would change; without it the expectations that do not hold are shown. */
  readonly diff?: Shell;
  /** Asked every second before apply: exits 0 when ready, else prints what it waits for. Gives up after `seconds`. */
  readonly waits?: { readonly until: Shell; readonly seconds: number };
  /** True when "differs now" means "will change", even while something it needs is only planned. */
  readonly certain?: boolean;
  /** What `content_$n` prints, for diff and apply; of several, `content_$n 0` prints the first. */
  readonly content?: Text | readonly Text[];
  /** Where that content goes, when there are several. */
  readonly files?: Readonly<Record<string, Text>>;
  /** A file of the control machine that apply finds at "$blob". */
  readonly blob?: Blob;
  /** Argument for one apply that serves all resources of the same kind: packages are installed in one transaction. */
  readonly together?: { readonly kind: string; readonly args: readonly string[] };
  /**
   * For what may cut the host off. After apply the control machine logs in anew, over a connection of its own: when that
   * works, `keep` makes it last; otherwise `undo` takes it back, and the resource has failed.
   */
  readonly trial?: { readonly keep: Shell; readonly undo: Shell };
  /** What else its change may bring, by the names in Pending. */
  readonly brings?: readonly string[];
  /** Packages, their sources and what completes their units come before everything else of a host. */
  readonly first?: boolean;
}

/** One thing a host should be. */
export interface Resource extends Description {
  /** Type and name, as reports show it: `file[/etc/motd]`. Unique on a host. */
  readonly id: string;
  readonly notify: readonly Handler[];
  readonly needs: readonly Resource[];
}

/** Defines a resource type: the author gives options, the keywords that all resources take are added here. */
export function resource<Options extends object>(
  type: string,
  describe: (name: string, options: Options) => Description,
): (
  name: string,
  ...options: Partial<Options> extends Options ? [(Options & Keywords)?] : [Options & Keywords]
) => Resource {
  return (name, ...rest) => {
    const { notify, needs, first, ...options } = (rest[0] ?? {}) as Options & Keywords;
    if (/[\t\n\0]/.test(name))
      throw new CompileError(
        `${type}[${JSON.stringify(name)}]: a name cannot hold a tab, a line break or a NUL byte`,
      );
    return {
      ...describe(name, options as unknown as Options),
      ...(first !== undefined && { first }),
      id: `${type}[${name}]`,
      notify: asList(notify),
      needs: asList(needs),
    };
  };
}

/** A handler: its name is what reports show, and what makes two notifications one; `covers` as in Handler. */
export function handler(name: string, run: Shell, covers?: string): Handler {
  return { name, run, ...(covers !== undefined && { covers }) };
}

// --- internal ---

function asList<Item>(items: Item | readonly Item[] | undefined): readonly Item[] {
  return items === undefined ? [] : Array.isArray(items) ? (items as readonly Item[]) : [items as Item];
}
