import { connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";

/** A wire with a delay: whatever is sent to it arrives so much later, in both directions, in the same order. */
export interface Wire {
  readonly port: number;
  close(): void;
}

/** Listens on the loopback and passes on to `address`, half of `roundTrip` milliseconds later in each direction. */
export async function delayedWire(address: string, roundTrip: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect({ host: address, port: 22, noDelay: true });
    near.setNoDelay(true);
    near.pipe(later(roundTrip / 2)).pipe(far);
    far.pipe(later(roundTrip / 2)).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  return {
    port: typeof place === "object" && place ? place.port : 0,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

// --- internal ---

/** A pipe of that length in milliseconds: it takes the next chunk at once, as a wire does. */
function later(delay: number): Transform {
  let last: Promise<unknown> = Promise.resolve();
  return new Transform({
    transform(chunk, _encoding, next) {
      const arrived = new Promise((resolve) => setTimeout(resolve, delay));
      last = Promise.all([last, arrived]).then(() => this.push(chunk));
      next();
    },
    flush(done) {
      last.then(() => done());
    },
  });
}
