// Rules are an array in the resource's own body, and a PATCH replaces the object that contains it: it is sent back as it was read.
import { type Body, type ByHand, type Firewall, type Network, objectAt, propertiesOf, type ServiceEndpoint } from './firewall.ts'
import { type ArrayShape, changedIn, rulesIn, wholeOf } from './rule-array.ts'

type Data = ArrayShape & {
  readonly apiVersion: string
  /** The object in `properties` that contains the array; absent = `properties` itself. */
  readonly at?: string
  readonly max: number
  readonly serviceEndpoint?: ServiceEndpoint
  readonly sameRegionIsPrivate?: true
  network(properties: Body): Network
  /** Whether everyone is let in as soon as the array is empty. Absent: another property decides that. */
  opensWhenEmpty?(properties: Body): boolean
  readonly byHand: ByHand
}

export function inBody(data: Data): Firewall {
  const { apiVersion, at, max, serviceEndpoint, sameRegionIsPrivate } = data
  const holderIn = (body: unknown): Body => (at === undefined ? propertiesOf(body) : objectAt(propertiesOf(body), at))
  return {
    max,
    ...(serviceEndpoint === undefined ? {} : { serviceEndpoint }),
    ...(sameRegionIsPrivate ? { sameRegionIsPrivate } : {}),
    observe: (id) => [{ id, apiVersion }],
    rules: ([body]) => rulesIn(holderIn(body), data),
    network: ([body]) => data.network(propertiesOf(body)),
    opensWhenEmpty: ([body]) => data.opensWhenEmpty?.(propertiesOf(body)) === true,
    write(id, change, [body]) {
      const holder = holderIn(body)
      const list = changedIn(holder, data, change)
      if (!list) return []
      const properties = at === undefined ? { [data.list]: list } : { [at]: { ...holder, [data.list]: list } }
      return [{ method: 'PATCH', id, apiVersion, body: { properties }, ...wholeOf(change) }]
    },
    byHand: data.byHand,
  }
}
