import type { Config } from "../config.ts";
import type { DatabaseState } from "../database/choose.ts";
import { type Hole, type Html, html } from "../html.ts";

/** What every page is made of. */
export interface Layout {
  readonly title: string;
  readonly main: Hole;
  /** This page's address in the navigation, if it has one. */
  readonly here?: "/" | "/about";
  readonly database?: string;
  readonly role?: DatabaseState["role"];
}

/** The frame around every page: head, navigation, and a footer that tells what served it. */
export function layout(config: Config, { title, main, here, database, role }: Layout): Html {
  // The release in the address lets browsers keep these files for a long time.
  const version = encodeURIComponent(config.release);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${config.domain}</title>
<meta name="description" content="The guestbook of ${config.domain}.">
<link rel="icon" href="/static/favicon.svg?v=${version}" type="image/svg+xml">
<link rel="stylesheet" href="/static/site.css?v=${version}">
<script src="/static/site.js?v=${version}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="band">
<div class="wrap">
<a class="brand" href="/"><img src="/static/favicon.svg?v=${version}" alt="" width="32" height="32">${config.domain}</a>
<nav aria-label="Site">
<a href="/"${current(here, "/")}>Guestbook</a>
<a href="/about"${current(here, "/about")}>About</a>
</nav>
</div>
</header>
<main id="main" class="wrap" tabindex="-1">
${main}
</main>
<footer class="band">
<dl class="wrap served">
<div><dt>Web server</dt><dd>${config.serverName}</dd></div>
<div><dt>Database</dt><dd>${database === undefined ? "none asked" : `${database} (${role ?? "unknown"})`}</dd></div>
<div><dt>Release</dt><dd>${config.release}</dd></div>
</dl>
</footer>
</body>
</html>
`;
}

function current(here: string | undefined, address: string): Hole {
  return here === address && html` aria-current="page"`;
}
