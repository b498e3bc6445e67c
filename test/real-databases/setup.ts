// Starts the servers that are there, and says loudly which are not.
import type { TestProject } from 'vitest/node'
import { startMariadb, startPostgres } from './servers.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: number
    mariadb: number
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
  for (const [name, server] of [
    ['postgresql', postgres],
    ['mariadb-server', mariadb],
  ] as const)
    if (!server) {
      const text = `${name} is not installed: nothing is tried against it. apt-get install ${name}`
      process.stderr.write(`\n${'!'.repeat(text.length + 4)}\n! ${text} !\n${'!'.repeat(text.length + 4)}\n\n`)
    }
  // 0: not there.
  provide('postgres', postgres?.port ?? 0)
  provide('mariadb', mariadb?.port ?? 0)
  return async () => {
    await Promise.all([postgres?.stop(), mariadb?.stop()])
  }
}
