// The values of connections to Redis work: the clients that apps use take them as they stand in the Secret, connect to a real server by TLS, sign in and do
// one operation. Only where the host of the Secret is, and who vouches for its certificate, is another here than in Azure.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { environment } from '../targets/environment.ts'
import { cacheKey, cacheNames, cacheUser } from './servers.ts'

const { address, ca } = inject('redis')
const isThere = address !== ''

/** What it is asked for, in place of a name server. */
function elsewhere(): { readonly asked: Set<string>; readonly tls: object } {
  const asked = new Set<string>()
  const lookup = (host: string, { all }: { all?: boolean }, done: (...found: readonly unknown[]) => void): void => {
    asked.add(host)
    if (all) done(null, [{ address, family: 4 }])
    else done(null, address, 4)
  }
  return { asked, tls: { lookup, ca } }
}

type Place = {
  readonly host: string
  readonly port: number
  readonly database?: number
  readonly username?: string
  readonly password: string
}
type Answers = { readonly value: string | null; readonly connection: string; readonly asked: readonly string[] }

/** Writes and reads a value, at a URL or a place. @throws Error where the server does not let it in */
const clients: Readonly<Record<string, (at: string | Place) => Promise<Answers>>> = {
  async redis(at) {
    const { asked, tls } = elsewhere()
    // In the background it would ask a real name server which kind of address the host has.
    const options = { maintNotifications: 'disabled' as const }
    const socket = { ...tls, tls: true as const, reconnectStrategy: false as const }
    const client =
      typeof at === 'string'
        ? createClient({ ...options, socket, url: at })
        : createClient({ ...options, ...at, socket: { ...socket, host: at.host, port: at.port } })
    onTestFinished(() => client.destroy())
    await client.on('error', () => undefined).connect()
    await client.set('color', 'blue')
    return { value: await client.get('color'), connection: String(await client.sendCommand(['CLIENT', 'INFO'])), asked: [...asked] }
  },
  async ioredis(at) {
    const { asked, tls } = elsewhere()
    const options = { tls, lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null }
    const client = typeof at === 'string' ? new Redis(at, options) : new Redis({ ...options, ...at, db: at.database ?? 0 })
    onTestFinished(() => client.disconnect())
    // What the server said to the sign-in is in an event.
    const refused = new Promise<never>((_, failed) => client.once('error', failed))
    const work = async (): Promise<Answers> => {
      await client.connect()
      await client.set('color', 'blue')
      return { value: await client.get('color'), connection: String(await client.call('CLIENT', 'INFO')), asked: [...asked] }
    }
    return await Promise.race([refused, work()])
  },
}

describe.each(Object.entries(clients))('%s', (_name, use) => {
  it.runIf(isThere).each([
    ['redis', cacheNames[6380], 3],
    ['redis-enterprise', cacheNames[10000], 0],
  ] as const)('signs in to a %s by its key', async (type, host, database) => {
    const url = environment(type, 'secret', 'nodejs', cacheKey)('AZURE_REDIS_CONNECTIONSTRING')
    const value = environment(type, 'secret', 'none', cacheKey)
    const [port, number] = [Number(value('AZURE_REDIS_PORT')), Number(value('AZURE_REDIS_DATABASE'))]
    const place = { host: value('AZURE_REDIS_HOST'), port, database: number, password: value('AZURE_REDIS_PASSWORD') }
    expect(value('AZURE_REDIS_SSL')).toBe('true')
    for (const answers of [await use(url), await use(place)]) {
      expect(answers).toMatchObject({ value: 'blue', asked: [host] })
      expect(answers.connection).toContain(` db=${database} `)
    }
    await expect(use({ ...place, password: 'another key' })).rejects.toThrow(/WRONGPASS/)
  })

  it.runIf(isThere).each<Auth>(['workload-identity', 'service-principal'])('signs in by a token, with %s', async (auth) => {
    // https://learn.microsoft.com/azure/azure-cache-for-redis/cache-azure-active-directory-for-authentication
    const host = environment('redis', auth)('AZURE_REDIS_HOST')
    const answers = await use({ host, port: 6380, username: cacheUser.name, password: cacheUser.token })
    expect(answers).toMatchObject({ value: 'blue', asked: [cacheNames[6380]] })
    expect(answers.connection).toContain(` user=${cacheUser.name} `)
  })
})
