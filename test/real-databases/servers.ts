// PostgreSQL, MariaDB and Redis as the distribution packages them, each in a folder of its own on a free port, for the time of a test run.
import { execFileSync, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'

export type Server = { readonly port: number; stop(): Promise<void> }

const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const probe = createServer().once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0))
    })
  })

const isRoot = process.getuid?.() === 0
/** Neither server runs as root. */
const as = (user: string, command: string, args: readonly string[]): readonly [string, readonly string[]] =>
  isRoot ? ['setpriv', ['--reuid', user, '--regid', user, '--init-groups', command, ...args]] : [command, args]

const folderFor = (user: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `${user}-`))
  if (isRoot) execFileSync('chown', [user, folder])
  return folder
}

async function until(isUp: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (isUp()) return
    await new Promise((over) => setTimeout(over, 100))
  }
  throw new Error(`${what} does not start`)
}

async function run(
  user: string,
  command: string,
  args: readonly string[],
  folder: string,
  isUp: () => boolean,
): Promise<() => Promise<void>> {
  const [program, all] = as(user, command, args)
  const child = spawn(program, all, { stdio: 'ignore', cwd: folder })
  const ended = new Promise<void>((over) => child.once('exit', () => over()))
  await until(isUp, command)
  return async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

const succeeds = (command: string, args: readonly string[]): boolean => {
  try {
    execFileSync(command, [...args], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** `undefined`: the package `postgresql` is not there. */
export async function startPostgres(): Promise<Server | undefined> {
  const versions = '/usr/lib/postgresql'
  const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] : undefined
  if (newest === undefined) return undefined
  const bin = join(versions, newest, 'bin')
  const folder = folderFor('postgres')
  const port = await freePort()
  const [program, args] = as('postgres', join(bin, 'initdb'), [
    '--pgdata',
    join(folder, 'data'),
    '--username',
    'root',
    '--auth',
    'trust',
    '--no-sync',
  ])
  execFileSync(program, [...args], { stdio: 'ignore', cwd: folder })
  const options = ['-D', join(folder, 'data'), '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'fsync=off']
  const stop = await run('postgres', join(bin, 'postgres'), options, folder, () =>
    succeeds(join(bin, 'pg_isready'), ['--host', '127.0.0.1', '--port', String(port)]),
  )
  return { port, stop }
}

/** `undefined`: the package `mariadb-server` is not there. */
export async function startMariadb(): Promise<Server | undefined> {
  const server = ['/usr/sbin/mariadbd', '/usr/bin/mariadbd'].find((file) => existsSync(file))
  if (server === undefined) return undefined
  const folder = folderFor('mysql')
  const port = await freePort()
  const data = join(folder, 'data')
  const [program, args] = as('mysql', 'mariadb-install-db', [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ])
  execFileSync(program, [...args], { stdio: 'ignore', cwd: folder })
  const socket = join(folder, 'socket')
  const options = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--pid-file=${join(folder, 'pid')}`,
    // As Azure sets it: https://learn.microsoft.com/azure/mysql/flexible-server/concepts-server-parameters
    '--lower-case-table-names=1',
  ]
  const stop = await run('mysql', server, options, folder, () =>
    succeeds('mariadb-admin', ['--no-defaults', '--user=root', `--socket=${socket}`, 'ping']),
  )
  return { port, stop }
}

export type Caches = {
  /** Of this machine; the ports are those that caches have in Azure. */
  readonly address: string
  /** Who vouches for their certificates. */
  readonly ca: string
  stop(): Promise<void>
}
/** By port: the name of the cache. */
export const cacheNames = { 6380: 'cache.redis.cache.windows.net', 10000: 'cache.westeurope.redis.azure.net' } as const
/** As the keys of caches are. */
export const cacheKey = 'ab/c+d1EfGh2==' as const
/** Who signs in by a token: object id and token. */
export const cacheUser = { name: '0b1f6471-1bf0-4dda-aec3-cb9272f09590', token: 'header.claims.signature' } as const

/** Two servers, because each has one port for TLS. `undefined`: the package `redis-server` is not there. */
export async function startRedis(): Promise<Caches | undefined> {
  const server = '/usr/bin/redis-server'
  if (!existsSync(server)) return undefined
  // All of 127.0.0.0/8 is this machine, so that other runs can have the same ports.
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`
  const authority = await createAuthority('caches')
  const stops = await Promise.all(
    Object.entries(cacheNames).map(async ([port, name]) => {
      const folder = folderFor('redis')
      const { cert, key } = await issue(authority, [name])
      const settings = {
        ...{ dir: folder, bind: address, port: '0', 'tls-port': port, save: '""', requirepass: cacheKey },
        ...{
          'tls-cert-file': join(folder, 'cert'),
          'tls-key-file': join(folder, 'key'),
          'tls-auth-clients': 'no',
          pidfile: join(folder, 'pid'),
        },
        // The policy Data Contributor: https://learn.microsoft.com/azure/azure-cache-for-redis/cache-configure-role-based-access-control
        user: `${cacheUser.name} on >${cacheUser.token} +@all -@dangerous ~*`,
      }
      const lines = Object.entries({ ...settings, daemonize: 'no' }).map(([word, value]) => `${word} ${value}\n`)
      writeFileSync(join(folder, 'cert'), cert)
      writeFileSync(join(folder, 'key'), key, { mode: 0o644 })
      writeFileSync(join(folder, 'conf'), lines.join(''))
      return await run('redis', server, [join(folder, 'conf')], folder, () =>
        succeeds('bash', ['-c', `exec 3<>/dev/tcp/${address}/${port}`]),
      )
    }),
  )
  return {
    address,
    ca: authority.pem,
    async stop() {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}
