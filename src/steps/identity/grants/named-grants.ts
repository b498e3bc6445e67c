// For the sweep: grants without marks, of all kinds.
import { resourceId } from '../../../model/resource-id.ts'
import type { NamedGrants } from '../../../ports/sweep.ts'
import { type GrantTypes, grantTypes } from './catalogue.ts'
import type { SweptPorts } from './grant-type.ts'

export function namedGrants(ports: SweptPorts, types: GrantTypes = grantTypes): NamedGrants {
  const all = [...new Set(Object.values(types).flatMap(({ named }) => named ?? []))]
  return {
    types: [...new Set(all.flatMap(({ on }) => on))],
    async on(resource, isKnown) {
      const here = all.filter(({ on }) => on.includes(resourceId(resource).type))
      return (await Promise.all(here.map((one) => one.list(resource, ports, isKnown)))).flat()
    },
  }
}
