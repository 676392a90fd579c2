import { type Shell, sh } from "../template/shell.ts";

/** Shell that unpacks what the control machine has sent into `"$next"`, if there is room for it below `place`. */
export function unpacked(place: string): Shell {
  return sh`
    # A block for each file. gzip and tar read the archive from memory, so to ask beforehand is cheap.
    files=$(tar -tzf "$work/blob" | wc -l) bytes=$(gzip -dc "$work/blob" | wc -c)
    room ${place} $(((bytes + files * 4096) / 1048576 + 1)) "$files"
    mkdir "$next"
    tar -xzf "$work/blob" --no-same-owner -C "$next"
    rm -f "$work/blob"
    chmod 0755 "$next"`;
}
