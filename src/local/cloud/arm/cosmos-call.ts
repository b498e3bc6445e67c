// What the routes of Cosmos DB share: its account, its lock, its words.

import { cosmosType } from './cosmos-account.ts'
import { ArmError, resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import type { Call } from './provider.ts'
import { findResource, type Resource } from './resources.ts'

export const cosmosGroup = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${cosmosType}`
export const cosmosPath = `${cosmosGroup}/{name}`

/** Flat, without ARM's envelope. */
export const refuseCosmos = (status: number, code: string, message: string): ArmError =>
  new ArmError(code, message, {
    status,
    headers: { 'x-ms-failure-cause': 'service' },
    body: { code, message: `${message}\r\nActivityId: 0, Microsoft.Azure.Documents.Common/2.14.0` },
  })

export function existingAccount(call: Call): Resource {
  const { subscription, group: inGroup = '', name = '' } = call.parameters
  const found = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${inGroup}/providers/${cosmosType}/${name}`)
  if (!found) throw resourceNotFound(cosmosType, name, inGroup)
  return found
}

const isChanging = ({ properties }: Resource): boolean =>
  !['Succeeded', 'Failed', 'Canceled'].includes(String(properties['provisioningState']))

/** https://github.com/hashicorp/terraform-provider-azurerm/issues/15842 */
export function needUnlocked(account: Resource): void {
  if (isChanging(account))
    throw refuseCosmos(
      412,
      'PreconditionFailed',
      `There is already an operation in progress which requires exclusive lock on this service ${account.name}. Please retry the operation after sometime.`,
    )
}

export function pollUrlOf(call: Call, { id, location }: Resource): (guid: string) => string {
  const { subscription } = parseId(id)
  const version = call.url.searchParams.get('api-version') ?? ''
  return (guid) =>
    `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.DocumentDB/locations/${location}/operationsStatus/${guid}?api-version=${version}`
}
