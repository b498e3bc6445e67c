// A Service Bus namespace of the simulated cloud with the rule set that a test wants.
import { parseId } from '../../src/local/cloud/arm/ids.ts'
import { findResource, putResource, type Resource } from '../../src/local/cloud/arm/resources.ts'
import type { World } from '../../src/local/cloud/world.ts'

const type = 'Microsoft.ServiceBus/Namespaces'
const child = 'networkRuleSets/default'

export const setOf = (world: World, id: string): Resource | undefined => findResource(world, `${id}/${child}`)

export function putNamespace(world: World, id: string, rules: Readonly<Record<string, unknown>>): void {
  const properties = { status: 'Active', publicNetworkAccess: 'Enabled' }
  putResource(world, { id, name: parseId(id).name ?? '', type, location: 'North Europe', properties })
  putResource(world, {
    id: `${id}/${child}`,
    name: 'default',
    type: `${type}/NetworkRuleSets`,
    location: 'North Europe',
    properties: rules,
  })
}
