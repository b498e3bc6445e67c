// The ports of `npm start`: fixed, so that what a person has set up in another terminal is good after a restart.

import { createServer } from 'node:net'

/** Front first: it is the one that people use. */
const names = ['front', 'proxy', 'host', 'identity', 'tools'] as const
export type Ports = Readonly<Record<(typeof names)[number], number>>

export const portsFrom = (first: number): Ports => Object.fromEntries(names.map((name, at) => [name, first + at])) as Ports

/** Those on which another process listens. */
export async function takenPorts(ports: readonly number[]): Promise<readonly number[]> {
  const taken = await Promise.all(ports.map(async (port) => ((await isFree(port)) ? [] : [port])))
  return taken.flat()
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
