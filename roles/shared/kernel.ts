import { type Observer, observers, resource, sh, sha256Of, text } from "../../engine/index.ts";

interface Options {
  /** The role that writes the file. */
  readonly role: string;
  readonly settings: Readonly<Record<string, number | string>>;
  /** Whether the kernel must have all settings. Otherwise it may lack some. @default false */
  readonly present?: boolean;
}

/**
 * The value of each setting; the wanted one if this machine may not change it (a container). What is shown if the kernel
 * lacks the setting is the third argument. Several values have spaces between them, where the kernel has tabs.
 */
const settings: Observer = {
  name: "kernel",
  gather: sh`
    awk 'BEGIN {
      for (i = 1; i < ARGC; i += 3) {
        file = ARGV[i]
        gsub(/\./, "/", file)
        found = ARGV[i + 2]
        getline found <("/proc/sys/" file)
        gsub(/\t/, " ", found)
        print ARGV[i] ":" file ":" ARGV[i + 1] ":" found
      }
    }' "$@" 2>/dev/null | while IFS=: read -r name file wanted found; do
      # Opened rather than asked for its mode: root is told that it may write everything.
      [ "$found" = "$wanted" ] || [ ! -e "/proc/sys/$file" ] || (: >>"/proc/sys/$file") 2>/dev/null || found=$wanted
      printf 'kernel\t%s\t%s\n' "$name" "$found"
    done`,
};

/** Kernel settings in one file, now and at boot, as far as the machine's kernel has them and lets them be set. */
export const kernel = resource<Options>("kernel", (name, options) => {
  const wanted = Object.entries(options.settings).map(([key, value]) => [key, String(value)] as const);
  const content = text`
    # Written by Quintet (role ${options.role}); changes made here are overwritten. A dash: no error if it cannot be set.
    ${wanted.map(([key, value]) => `-${key} = ${value}`)}
  `;
  return {
    certain: true,
    content,
    expects: [
      { observe: { observer: observers.sha256, key: name }, is: sha256Of(content.reveal()) },
      ...wanted.map(([key, value]) => ({
        observe: { observer: settings, key, args: [key, value, options.present ? "" : value] },
        is: value,
        label: key,
      })),
    ],
    apply: sh`
      content_$n | install -T -m 0644 /dev/stdin ${`${name}.quintet`}
      mv -f ${`${name}.quintet`} ${name}
      sysctl -q -p ${name} 2>/dev/null || :`,
  };
});
