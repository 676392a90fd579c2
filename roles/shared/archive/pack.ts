import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";

/**
 * Packs files into a tar.gz whose bytes depend on their names and contents only. A release is named by these bytes, and
 * two people who build the same sources must not undo each other's releases. So nothing of the machine goes in, and
 * gzip only stores: compressed bytes differ between versions of Node and between processors.
 */
export async function pack(folder: string, files: readonly string[]): Promise<Buffer> {
  const names = files.map((file) => relative(folder, file));
  const tar = create(
    {
      cwd: folder,
      portable: true,
      mtime: new Date(0),
      noDirRecurse: true,
      onWriteEntry: (entry) => {
        if (entry.stat) entry.stat.mode = 0o100644;
      },
    },
    names,
  );
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(Buffer.from(chunk));
  const stored = gzipSync(Buffer.concat(chunks), { level: 0 });
  // The header's last byte names the operating system; 255 is "unknown".
  stored[9] = 255;
  return stored;
}
