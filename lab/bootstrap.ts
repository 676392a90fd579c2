import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, run } from "./run.ts";

/** What a Debian system is made of. */
export interface Recipe {
  readonly suite: string;
  /** In deb822. */
  readonly sources: string;
  /** Settings of apt, for the making alone. */
  readonly options: readonly string[];
  readonly packages: readonly string[];
  /** Shell that is run in the new system at the end, with `finishArguments`. */
  readonly finish: string;
  readonly finishArguments: readonly string[];
}

/** Makes a Debian system in a directory that is not there yet. Throws FailedError that says which part failed. */
export async function bootstrap(root: string, recipe: Recipe): Promise<void> {
  const sources = `${root}.sources`;
  writeFileSync(sources, recipe.sources);
  try {
    const options = recipe.options.map((option) => `--aptopt=${option}`);
    const include = `--include=${recipe.packages.join(",")}`;
    await attempt(
      "mmdebstrap",
      () =>
        run`mmdebstrap --mode=root --variant=minbase ${include} ${options} ${recipe.suite} ${root} ${sources}`,
    );
    tidySources(join(root, "etc/apt"), recipe.sources);
    await attempt(
      "finishing the new system",
      () => run({ input: recipe.finish })`chroot ${root} /bin/sh -s ${recipe.finishArguments}`,
    );
    writeFileSync(join(root, "etc/machine-id"), "uninitialized\n");
  } finally {
    rmSync(sources, { force: true });
  }
}

// --- internal ---

function tidySources(apt: string, sources: string) {
  rmSync(join(apt, "sources.list"), { force: true });
  rmSync(join(apt, "sources.list.d"), { recursive: true });
  mkdirSync(join(apt, "sources.list.d"));
  writeFileSync(join(apt, "sources.list.d/debian.sources"), sources);
}
