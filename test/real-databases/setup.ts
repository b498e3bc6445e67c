// Starts the servers that are there, and says loudly which are not.
import type { TestProject } from 'vitest/node'
import { type Caches, startMariadb, startPostgres, startRedis } from './servers.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: number
    mariadb: number
    redis: Pick<Caches, 'address' | 'ca'>
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, mariadb, redis] = await Promise.all([startPostgres(), startMariadb(), startRedis()])
  for (const [name, server] of [
    ['postgresql', postgres],
    ['mariadb-server', mariadb],
    ['redis-server', redis],
  ] as const)
    if (!server) {
      const text = `${name} is not installed: nothing is tried against it. apt-get install ${name}`
      process.stderr.write(`\n${'!'.repeat(text.length + 4)}\n! ${text} !\n${'!'.repeat(text.length + 4)}\n\n`)
    }
  // 0 and '': not there.
  provide('postgres', postgres?.port ?? 0)
  provide('mariadb', mariadb?.port ?? 0)
  provide('redis', { address: redis?.address ?? '', ca: redis?.ca ?? '' })
  return async () => {
    await Promise.all([postgres?.stop(), mariadb?.stop(), redis?.stop()])
  }
}
