/** Most code points of a name and a message: VARCHAR(n) in utf8mb4 counts them, too. */
export const NAME_LIMIT = 80;
export const MESSAGE_LIMIT = 2000;

/** What a visitor wants to write, after validation. */
export interface Draft {
  readonly name: string;
  readonly message: string;
}

/** Which fields are wrong and why. */
export type FieldErrors = Partial<Record<keyof Draft, string>>;

/** Validates what a visitor typed. Tidies it (line ends, outer spaces, Unicode NFC) but never cuts or drops text. */
export function validateDraft(
  input: Draft,
): { draft: Draft; errors?: never } | { draft?: never; errors: FieldErrors } {
  const draft = { name: tidy(input.name), message: tidy(input.message) };
  const name = problem(draft.name, "name", NAME_LIMIT, NOT_IN_A_LINE);
  const message = problem(draft.message, "message", MESSAGE_LIMIT, NOT_IN_A_TEXT);
  if (name === undefined && message === undefined) return { draft };
  return { errors: { ...(name && { name }), ...(message && { message }) } };
}

// The C0 and C1 control characters; a text may have tabs and line feeds.
const NOT_IN_A_LINE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const NOT_IN_A_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
// Letters include some that show nothing, such as the Hangul filler, and symbols the Braille pattern without dots.
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

function tidy(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim().normalize("NFC");
}

function problem(text: string, what: string, limit: number, forbidden: RegExp): string | undefined {
  if (text === "") return `Please enter a ${what}.`;
  if (LONE_SURROGATE.test(text)) return `The ${what} is not valid Unicode text.`;
  if (forbidden.test(text)) return `The ${what} contains control characters, which are not allowed.`;
  if (!VISIBLE.test(text.replace(INVISIBLE, ""))) return `The ${what} contains nothing that can be seen.`;
  const length = [...text].length;
  if (length > limit) return `The ${what} has ${length} characters; at most ${limit} are allowed.`;
  return undefined;
}
