// Listens to a simulated cloud and collects where its ARM traffic does not fit Microsoft's resource types.
import type { Cloud } from '../../src/local/cloud/cloud.ts'
import { type ArmExchange, armMisfits } from './arm-exchange.ts'

/** What differs on purpose, and why. */
const knownMisfits: readonly { readonly line: RegExp; readonly reason: string }[] = [
  {
    line: /storageAccounts\/(listKeys|regenerateKey)@.*\.keys\[\]\.permissions: "FULL" is none of/i,
    reason:
      'The specification says Full, the service answers FULL: https://learn.microsoft.com/rest/api/storagerp/storage-accounts/list-keys',
  },
]

/** The lines grow while the cloud runs; answers that a fault rule made up are not the simulator's. */
export function watchArm(cloud: Pick<Cloud, 'onExchange'>): ReadonlySet<string> {
  const lines = new Set<string>()
  cloud.onExchange(({ call, request, response }) => {
    if (call.service !== 'arm' || call.faulted) return
    const { method, path, status } = call
    for (const line of misfitsOf({ method, path, status, requestBody: request.body.toString(), body: response.body }))
      if (!knownMisfits.some((known) => known.line.test(line))) lines.add(line)
  })
  return lines
}

/** Whoever listens must not break the answer. */
function misfitsOf(exchange: ArmExchange): readonly string[] {
  try {
    return armMisfits(exchange)
  } catch (error) {
    return [`${exchange.method} ${exchange.path}: ${String(error)}`]
  }
}
