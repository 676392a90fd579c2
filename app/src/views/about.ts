import type { Config } from "../config.ts";
import type { DatabaseState } from "../database/choose.ts";
import { type Html, html } from "../html.ts";
import { layout } from "./layout.ts";

/** The page about the machines behind the site. */
export function aboutPage(config: Config, databases: readonly DatabaseState[]): Html {
  return layout(config, {
    title: "About",
    here: "/about",
    main: html`<h1>About this site</h1>
<div class="card prose">
<p>${config.domain} is a small guestbook on a handful of machines that back each other up.</p>
<h2>How a page reaches you</h2>
<ol>
<li><strong>HAProxy</strong> takes your request and hands it to the web servers in turn.</li>
<li><strong>Nginx</strong> on each web server sends style sheets and images itself and passes the rest on.</li>
<li><strong>This application</strong>, which runs on Node.js on every web server, builds the page.</li>
<li><strong>MySQL</strong> keeps the entries: a primary takes what is written, a replica follows it and is read.</li>
</ol>
<p>No machine is told which database is the primary. The application asks them, once a second, and
follows when the roles change. After you have written something, your next pages come from a database which has
it already.</p>
<h2>As seen from ${config.serverName}</h2>
<table>
<thead><tr><th scope="col">Database</th><th scope="col">Role</th><th scope="col">State</th></tr></thead>
<tbody>
${databases.map(
  (
    state,
  ) => html`<tr><th scope="row">${state.name}</th><td>${state.role}</td><td>${condition(state)}</td></tr>
`,
)}</tbody>
</table>
</div>`,
  });
}

function condition(state: DatabaseState): string {
  if (!state.reachable) return "not reachable";
  if (state.role === "primary") return "takes writes";
  if (state.replicating === false) return "not replicating";
  if (typeof state.lagSeconds === "number" && state.lagSeconds > 0) return `${state.lagSeconds} s behind`;
  return state.lagSeconds === 0 ? "up to date" : "follows";
}
