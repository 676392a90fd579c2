import {
  type Context,
  deb,
  fact,
  isKept,
  type Keeping,
  keptFiles,
  type Resource,
  sh,
} from "../../engine/index.ts";

/** MySQL itself. */
export const MYSQL = ["mysql-client-core", "mysql-client", "mysql-server-core", "mysql-server"];

/** The only packages from Debian unstable: mysql-server 9.7, and what it needs beyond Debian 13. Each after those that it needs. */
export const FROM_SID = [
  ...[
    "gcc-16-base",
    "libgcc-s1",
    "libstdc++6",
    "libicu78",
    "libtcmalloc-minimal4t64",
    "libgoogle-perftools4t64",
  ],
  ...MYSQL,
];

/** Version and architecture of MySQL's packages on a host: `9.7.1-1_amd64`; empty if it has none. */
export const installedVersion = fact(
  "MySQL's packages",
  sh`dpkg-query -W -f '\${db:Status-Status} \${Version}_\${Architecture}\n' mysql-server-core 2>/dev/null | sed -n 's/^installed //p'`,
  (output) => output.trim(),
);

type Asks = Pick<Context<unknown>, "host" | "hosts" | "fact">;

/**
 * MySQL's packages for a machine that has none while others have: of their version, which the control machine has kept. Debian
 * unstable may have another one by now, and a replica must not be older than its source, nor a primary newer than its replicas.
 */
export function packagesOfOthers({ host, hosts, fact }: Asks): Resource[] {
  if (fact(installedVersion, host.name)) return [];
  const [version] = hosts("database").flatMap(({ name }) => fact(installedVersion, name) || []);
  if (version === undefined || !isKept(folderOf(version))) return [];
  return [...keptFiles(folderOf(version))]
    .map(([file, archive]) => ({ file, archive, name: file.split("_")[0] ?? "" }))
    .sort((one, other) => FROM_SID.indexOf(one.name) - FROM_SID.indexOf(other.name))
    .map(({ file, archive, name }) =>
      deb(name, { archive, version: decodeURIComponent(file.split("_")[1] ?? "") }),
    );
}

/** All of them that a host has, for machines that are made anew later. */
export function packagesToKeep({ host, fact }: Pick<Asks, "host" | "fact">): Keeping[] {
  const version = fact(installedVersion, host.name);
  if (version && isKept(folderOf(version))) return [];
  return [
    { ...{ what: "MySQL's packages", within: WITHIN }, name: installedVersion.gather, content: PACKAGES },
  ];
}

// --- internal ---

const WITHIN = "mysql";
const folderOf = (version: string) => `${WITHIN}/${version}`;

/** From apt's cache, or from the mirror, which still has what was installed from it a moment ago. */
const PACKAGES = sh`
  set -eu
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  chmod 0755 "$folder"
  cd "$folder"
  for package in ${FROM_SID}; do
    dpkg-query -W -f '\${db:Status-Status} \${Package} \${Version} \${Architecture}\n' "$package" | {
      read -r state name version architecture
      [ "$state" = installed ]
      file="\${name}_$(echo "$version" | sed 's/:/%3a/')_$architecture.deb"
      cp "/var/cache/apt/archives/$file" . 2>/dev/null || apt-get -q download "$name=$version" >/dev/null
      echo "file $file"
      base64 -w 65536 "$file"
      rm "$file"
    }
  done`;
