/** Lines of a stream, from behind the line that is a marker. */
export class LinesBehind {
  readonly #marker: string;
  readonly #onLine: (line: string) => void;
  readonly #onBegin: (before: string) => void;
  #rest = "";
  #begun = false;
  #before: string[] = [];

  /** `onLine` gets each whole line behind the marker, a character a byte; `onBegin` what came before it, at the marker. */
  constructor(
    marker: string,
    onLine: (line: string) => void,
    onBegin: (before: string) => void = () => undefined,
  ) {
    this.#marker = marker;
    this.#onLine = onLine;
    this.#onBegin = onBegin;
  }

  add(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#begun) this.#onLine(line);
      else if (line === this.#marker) this.#begin();
      else this.#before.push(line);
    }
  }

  /** What came before the marker, or all of it if none came. */
  get before(): string {
    const lines = this.#begun ? this.#before : [...this.#before, this.#rest];
    return Buffer.from(lines.join("\n"), "latin1").toString().trim();
  }

  #begin(): void {
    this.#begun = true;
    this.#onBegin(this.before);
  }
}
