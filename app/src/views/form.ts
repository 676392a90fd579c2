import { type Hole, type Html, html } from "../html.ts";
import { type FieldErrors, MESSAGE_LIMIT, NAME_LIMIT } from "../text.ts";

/** What the form shows: what was typed before, and what is wrong with it. */
export interface FormState {
  readonly key: string;
  readonly name: string;
  readonly message: string;
  readonly errors?: FieldErrors;
  /** Why the entry could not be saved although it is valid. */
  readonly problem?: string;
}

/** The form for a new entry. */
export function entryForm(form: FormState): Html {
  const failed = form.problem !== undefined || form.errors !== undefined;
  return html`<section class="card" aria-labelledby="write">
<h2 id="write">Write in it</h2>
<form method="post" action="/entries"${failed && html` aria-describedby="form-errors"`} data-entry-form>
${failed && summary(form)}
<input type="hidden" name="key" value="${form.key}">
<div class="field">
<label for="name">Your name</label>
<input id="name" name="name" type="text" autocomplete="nickname" required dir="auto" value="${form.name}"${described("name", form.errors?.name)}>
${note("name", `Up to ${NAME_LIMIT} characters.`, form.errors?.name)}
</div>
<div class="field">
<label for="message">Your message</label>
<textarea id="message" name="message" rows="5" required dir="auto" data-limit="${MESSAGE_LIMIT}"${described("message", form.errors?.message)}>
${form.message}</textarea>
${note("message", `Up to ${MESSAGE_LIMIT} characters. Plain text; line breaks are kept.`, form.errors?.message)}
</div>
<button type="submit">Sign the guestbook</button>
</form>
</section>`;
}

function summary({ errors, problem }: FormState): Html {
  const links = Object.entries(errors ?? {}).map(
    ([field, error]) => html`<li><a href="#${field}">${error}</a></li>`,
  );
  return html`<div id="form-errors" class="alert" role="alert" tabindex="-1">
<h3>${problem === undefined ? "Please correct your entry" : "Your entry is not confirmed"}</h3>
${problem !== undefined && html`<p>${problem}</p>`}
${links.length > 0 && html`<ul>${links}</ul>`}
</div>`;
}

function described(field: string, error: string | undefined): Hole {
  const hint = `${field}-hint`;
  return error === undefined
    ? html` aria-describedby="${hint}"`
    : html` aria-invalid="true" aria-describedby="${field}-error ${hint}"`;
}

function note(field: string, hint: string, error: string | undefined): Hole {
  return [
    error !== undefined && html`<p id="${field}-error" class="error">${error}</p>`,
    html`<p id="${field}-hint" class="hint">${hint}</p>`,
  ];
}
