// Listens to a simulated cloud and collects where its ARM traffic does not fit Microsoft's resource types.
import type { Cloud } from '../../src/local/cloud/cloud.ts'
import { type ArmExchange, armMisfits } from './arm-exchange.ts'

/** What differs on purpose, and why. */
const knownMisfits: readonly { readonly line: RegExp; readonly reason: string }[] = [
  {
    line: /^GET Microsoft\.ContainerService\/managedClusters\/commandResults@/,
    reason: 'The result of a command is no resource type; it has the form of the answer to runCommand',
  },
  {
    line: /storageAccounts\/(listKeys|regenerateKey)@.*\.keys\[\]\.permissions: "FULL" is none of/i,
    reason:
      'The specification says Full, the service answers FULL: https://learn.microsoft.com/rest/api/storagerp/storage-accounts/list-keys',
  },
  {
    line: /^PUT Microsoft\.KeyVault\/vaults\/accessPolicies@.*: the data do not have this type$/,
    reason:
      'Described in https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy, and written by its official client',
  },
  {
    line: /^\w+ Microsoft\.DocumentDB\/databaseAccounts\/(table|gremlin|cassandra|mongoMI)Role\w+@2026-03-15: the data do not have this (type|api-version)$/i,
    reason: 'The types are newer than the data; the official client of this api-version writes and reads them',
  },
  {
    line: /insights\/components@2020-02-02: answered \.properties\.Ver: no such property/i,
    reason:
      'The specification does not have it, the service answers it, as recorded by azure-service-operator (Test_Insights_Component_CRUD)',
  },
]

/** The lines grow while the cloud runs; answers that a fault rule made up are not the simulator's. */
export function watchArm(cloud: Pick<Cloud, 'onExchange'>): ReadonlySet<string> {
  const lines = new Set<string>()
  cloud.onExchange(({ call, request, response }) => {
    if (call.service !== 'arm' || call.faulted) return
    const { method, path, status } = call
    for (const line of unknownMisfits({ method, path, status, requestBody: request.body.toString(), body: response.body })) lines.add(line)
  })
  return lines
}

export const unknownMisfits = (exchange: ArmExchange): readonly string[] =>
  misfitsOf(exchange).filter((line) => !knownMisfits.some((known) => known.line.test(line)))

/** A listener must not break the answer. */
function misfitsOf(exchange: ArmExchange): readonly string[] {
  try {
    return armMisfits(exchange)
  } catch (error) {
    return [`${exchange.method} ${exchange.path}: ${String(error)}`]
  }
}
