import { sh } from "../template/shell.ts";

/** Prints the mirror's URI. Reads `deb URI trixie main`, and stanzas with URIs: and Suites:. */
export const mirrorOfTrixie = sh`
  awk '
    function flush() { if (suite && uri != "") { print uri; found = 1; exit }; suite = 0; uri = "" }
    $1 == "deb" { for (i = 2; i < NF; i++) if ($(i + 1) == "trixie") { uri = $i; suite = 1; flush() } }
    /^[ \t]*$/ { flush() }
    $1 == "URIs:" { uri = $2 }
    $1 == "Suites:" { for (i = 2; i <= NF; i++) if ($i == "trixie") suite = 1 }
    END { if (!found) flush() }'`;
