import type { Config } from "../config.ts";
import type { DatabaseState } from "../database/choose.ts";
import type { Entry, EntryPage } from "../entries.ts";
import { type Hole, type Html, html } from "../html.ts";
import { entryForm, type FormState } from "./form.ts";
import { layout } from "./layout.ts";

/** A page of entries and where it came from. */
export interface GuestbookList {
  readonly page: EntryPage;
  readonly database: string;
  readonly role: DatabaseState["role"];
}

/** The guestbook. Without a list it says that the entries cannot be shown now. */
export function guestbookPage(
  config: Config,
  shown: { readonly form: FormState; readonly list?: GuestbookList; readonly before?: number },
): Html {
  const { form, list, before } = shown;
  const failed = form.errors !== undefined || form.problem !== undefined;
  return layout(config, {
    title: `${failed ? "Error: " : ""}Guestbook${before === undefined ? "" : ", older entries"}`,
    here: "/",
    ...(list && { database: list.database, role: list.role }),
    main: html`<h1>Guestbook</h1>
<p class="lead">Welcome to ${config.domain}. Leave a few words for those who come after you.</p>
<div class="columns">
${entryForm(form)}
<section aria-labelledby="entries">
<h2 id="entries">${before === undefined ? "Newest entries" : "Older entries"}</h2>
${list === undefined ? html`<p class="card">The entries cannot be shown at the moment.</p>` : entryList(list.page)}
${list !== undefined && pages(list.page, before)}
</section>
</div>`,
  });
}

function entryList({ entries }: EntryPage): Hole {
  if (entries.length === 0)
    return html`<p class="card">There are no entries here yet. Yours could be the first.</p>`;
  return html`<ol class="entries">
${entries.map(entryItem)}</ol>`;
}

// dir="auto" gives each text its own direction and keeps it from turning the text around it.
function entryItem({ id, name, message, createdAt }: Entry): Html {
  return html`<li class="card" id="entry-${id}"><article>
<h3 dir="auto">${name}</h3>
<p class="message" dir="auto">${message}</p>
<p class="when"><time datetime="${createdAt.toISOString()}">${WHEN.format(createdAt)} UTC</time></p>
</article></li>
`;
}

function pages({ next }: EntryPage, before: number | undefined): Hole {
  if (next === undefined && before === undefined) return undefined;
  return html`<nav class="pages" aria-label="Pages">
${before !== undefined && html`<a href="/">Newest entries</a>`}
${next !== undefined && html`<a rel="next" href="/?before=${next}">Older entries</a>`}
</nav>`;
}

const WHEN = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
