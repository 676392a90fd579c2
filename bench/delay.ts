import { connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";

/** A TCP proxy on loopback that delays everything, in both directions, and keeps the order. */
export interface DelayedProxy {
  readonly port: number;
  close(): void;
}

/** Listens on loopback and forwards to port 22 of `address`. Each direction adds half of `roundTrip` milliseconds. */
export async function delayedProxy(address: string, roundTrip: number): Promise<DelayedProxy> {
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

/** A stream with a delay in milliseconds. It accepts the next chunk at once, as a cable does. */
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
