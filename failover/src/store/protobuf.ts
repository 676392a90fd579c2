/** The few sorts of fields that etcd's messages have: numbers of up to 64 bits, and what has a length. */

/** A field: its number, and a number, text, bytes or a message of its own. `undefined` leaves it out. */
export type Field = readonly [number, bigint | number | string | Uint8Array | undefined];

export function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([n, value]) => {
      if (value === undefined) return [];
      if (typeof value === "bigint" || typeof value === "number")
        return [varint(BigInt(n) << 3n), varint(BigInt.asUintN(64, BigInt(value)))];
      const bytes = Buffer.from(value as string);
      return [varint((BigInt(n) << 3n) | 2n), varint(BigInt(bytes.length)), bytes];
    }),
  );
}

/** A message by its fields' numbers. A field may come several times. */
export class Message {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  constructor(bytes: Buffer) {
    for (let at = 0; at < bytes.length; ) {
      const number = () => {
        let value = 0n;
        for (let shift = 0n; ; shift += 7n) {
          const byte = BigInt(bytes[at++] ?? 0);
          value |= (byte & 127n) << shift;
          if (byte < 128n) return value;
        }
      };
      const tag = number();
      const n = Number(tag >> 3n);
      let value: bigint | Buffer = number();
      if ((tag & 7n) === 2n) {
        const end = at + Number(value);
        value = bytes.subarray(at, end);
        at = end;
      }
      this.#fields.set(n, [...(this.#fields.get(n) ?? []), value]);
    }
  }

  number(n: number): bigint {
    const value = this.#fields.get(n)?.at(-1);
    return typeof value === "bigint" ? BigInt.asIntN(64, value) : 0n;
  }

  bytes(n: number): Buffer {
    const value = this.#fields.get(n)?.at(-1);
    return typeof value === "object" ? value : Buffer.alloc(0);
  }

  all(n: number): Message[] {
    return (this.#fields.get(n) ?? []).flatMap((value) =>
      typeof value === "object" ? [new Message(value)] : [],
    );
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}
