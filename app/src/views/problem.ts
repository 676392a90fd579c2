import type { Config } from "../config.ts";
import { type Html, html } from "../html.ts";
import type { Problem } from "../http/problem.ts";
import { layout } from "./layout.ts";

/** The page that tells what is wrong. */
export function problemPage(config: Config, problem: Problem): Html {
  const title = TITLES[problem.status] ?? (problem.status < 500 ? "That did not work" : "Out of order");
  return layout(config, {
    title,
    main: html`<section class="card problem">
<p class="status">Error ${problem.status}</p>
<h1>${title}</h1>
<p>${problem.message}</p>
<p><a href="/">Go to the guestbook</a></p>
</section>`,
  });
}

const TITLES: Readonly<Record<number, string>> = {
  404: "Page not found",
  405: "Not like this",
  413: "Too large",
  500: "Something broke",
  503: "Back in a moment",
};
