// Where the outbound addresses are found, by outbound type: the effective ones of a load balancer or managed NAT gateway in the cluster itself, those
// of a user-assigned NAT gateway behind the subnets of nodes and pods. https://learn.microsoft.com/azure/aks/egress-outboundtype

import * as z from 'zod'
import { Failure } from '../../errors/failure.ts'
import { inShape } from '../../model/answer-shape.ts'
import { rulesOf } from '../../model/egress.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import type { Loop } from '../../model/loop.ts'
import type { Fault } from '../../model/problem.ts'
import { parseResourceId } from '../../model/resource-id.ts'
import { nameOf } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { networkApi } from './cluster-api.ts'

/** `isWhole`: all could be read. A fault says why not, if a person can repair it. */
type Addresses = { readonly rules: readonly string[]; readonly isWhole: boolean; readonly faults: readonly Fault[] }
type Properties = { readonly [name: string]: unknown }
export type Reader = (id: string) => Promise<Properties | undefined>

/** A list that is not understood as a whole must not pass for a shorter one: rules of addresses that it has would be removed. */
const references = z.array(z.looseObject({ id: z.string().min(1) })).nullish()
const subnetSchema = z.looseObject({ natGateway: z.looseObject({ id: z.string().min(1) }).nullish() })
const gatewaySchema = z.looseObject({ publicIpAddresses: references, publicIpPrefixes: references })
const addressSchema = z.looseObject({
  publicIPAddressVersion: z.string().nullish(),
  ipAddress: z.ipv4().or(z.ipv6()).nullish(),
  ipPrefix: z.cidrv4().or(z.cidrv6()).nullish(),
})

const unknown: Addresses = { rules: [], isWhole: false, faults: [] }
const all = (parts: readonly Addresses[]): Addresses => ({
  rules: parts.flatMap(({ rules }) => rules),
  isWhole: parts.length > 0 && parts.every(({ isWhole }) => isWhole),
  faults: parts.flatMap(({ faults }) => faults),
})

/** Pools share subnets, and subnets share gateways: each is read once. */
export function readNetworks(ports: Pick<Ports, 'arm'>): Reader {
  const answers = new Map<string, Promise<Properties | undefined>>()
  return (id) => {
    const key = id.toLowerCase()
    const before = answers.get(key) ?? ports.arm.get(id, networkApi).then((body) => body && ((body['properties'] ?? {}) as Properties))
    answers.set(key, before)
    return before
  }
}

export async function addressesOf(outbound: ClusterFacts['outbound'], cluster: Loop<'cluster'>, read: Reader): Promise<Addresses> {
  /** A refused read is reported; any other error is retried. */
  const orFault = async (id: string, read: () => Promise<Addresses>): Promise<Addresses> => {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof Failure) || error.fields.class !== 'permission') throw error
      const { principal, message = '' } = error.fields.about
      const about = { id, cluster: nameOf(cluster), message, ...(principal ? { principal } : {}) }
      return { ...unknown, faults: [{ code: 'UnreadableEgress', about }] }
    }
  }
  const each = async (ids: readonly string[], addresses: (id: string) => Promise<Addresses>): Promise<Addresses> =>
    all(await Promise.all(ids.map((id) => orFault(id, () => addresses(id)))))

  if (!/^userAssignedNATGateway/i.test(outbound.type)) return each(outbound.ids, (id) => publicAddress(id, read))
  return each(outbound.subnets ?? [], async (subnet) => {
    const there = await read(subnet)
    if (!there) return unknown
    const gateway = inShape(subnetSchema, there).natGateway?.id
    if (gateway === undefined) {
      const about = { subnet: parseResourceId(subnet)?.name ?? subnet, id: subnet, cluster: nameOf(cluster) }
      return { ...unknown, faults: [{ code: 'NatGatewayMissing', about }] }
    }
    return orFault(gateway, async () => {
      const { publicIpAddresses, publicIpPrefixes } = inShape(gatewaySchema, (await read(gateway)) ?? {})
      const addresses = [...(publicIpAddresses ?? []), ...(publicIpPrefixes ?? [])]
      return each(
        addresses.map(({ id }) => id),
        (id) => publicAddress(id, read),
      )
    })
  })
}

async function publicAddress(id: string, read: Reader): Promise<Addresses> {
  const type = parseResourceId(id)?.type
  if (type !== 'microsoft.network/publicipaddresses' && type !== 'microsoft.network/publicipprefixes') return unknown
  const { publicIPAddressVersion: version, ipAddress, ipPrefix } = inShape(addressSchema, (await read(id)) ?? {})
  if (version === 'IPv6') return { ...unknown, isWhole: true }
  // Both are absent until Azure has allocated them.
  const address = ipAddress ?? ipPrefix
  return address ? { rules: rulesOf(address), isWhole: true, faults: [] } : unknown
}
