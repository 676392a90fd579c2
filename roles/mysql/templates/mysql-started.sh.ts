import { dirname } from "node:path";
import { text } from "../../../engine/index.ts";
import { SESSION, STARTED_WITH } from "../sql.ts";
import { STARTED } from "./variables.sql.ts";

/** Script that notes at each start of mysqld what its variables are. Runs compare. */
export default () => text`
  #!/bin/sh
  set -eu
  export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
  umask 077
  mkdir -p ${dirname(STARTED_WITH)}
  mysql --no-defaults -NBr --connect-timeout=5 -e "${SESSION} ${STARTED}" >${STARTED_WITH}.new
  mv -f ${STARTED_WITH}.new ${STARTED_WITH}
`;
