import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RefusedError } from "../engine/util/errors.ts";
import { ownStore, spareStore } from "./context.ts";
import { run } from "./run.ts";

/** Deletes the images, the key and all disks, in both places. */
export function purgeStores(): void {
  for (const place of [ownStore, spareStore]) rmSync(place, { recursive: true, force: true });
}

/** Where the disks go: into the checkout, or into /var/lib if the checkout's file system cannot hold an overlay. */
export async function usableStore(id: string): Promise<string> {
  for (const place of existsSync(spareStore) ? [spareStore] : [ownStore, spareStore]) {
    if (await takesOverlay(place, id)) return place;
  }
  throw new RefusedError(
    `neither ${ownStore} nor ${spareStore} can hold the machines' disks: mounting an overlay there fails. ` +
      "The lab needs one of them on a local file system such as ext4, xfs or btrfs.",
  );
}

// --- internal ---

const TRY =
  "cd $0 && mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work try root && echo x >root/file";

async function takesOverlay(place: string, id: string): Promise<boolean> {
  const scratch = join(place, `${id}.try`);
  rmSync(scratch, { recursive: true, force: true });
  for (const part of ["lower", "upper", "work", "root"]) mkdirSync(join(scratch, part), { recursive: true });
  const tried = await run({ nothrow: true })`unshare --mount sh -c ${TRY} ${scratch}`;
  rmSync(scratch, { recursive: true, force: true });
  return tried.exitCode === 0;
}
