// Every field of an answer may come with another type: from a gateway, a new version of the API, an incident. Then the answer counts as none.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnexpectedShape } from '../../src/model/answer-shape.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { managedCluster } from '../../src/steps/cluster/cluster-api.ts'
import { resources, targets } from '../../src/targets/catalogue.ts'
import type { Body } from '../../src/targets/firewall/firewall.ts'
import { disturbed, secret } from '../model/disturbed.ts'
import { bodyOf, sampleOf } from './samples.ts'

const acls = {
  defaultAction: 'Deny',
  bypass: 'AzureServices',
  ipRules: [{ value: '20.1.2.3', action: 'Allow' }],
  virtualNetworkRules: [{ id: '/subscriptions/s/subnets/a' }],
  publicNetwork: { allow: ['ServerConnection'], deny: [] },
}
/** The rules of all services at once. */
const network = {
  networkAcls: acls,
  networkACLs: acls,
  publicNetworkAccess: 'Enabled',
  publicNetworkAccessForIngestion: 'Enabled',
  isVirtualNetworkFilterEnabled: true,
  ipRules: [{ ipAddressOrRange: '20.1.2.3' }],
  virtualNetworkRules: [{ id: '/subscriptions/s/subnets/a' }],
  privateEndpointConnections: [{ properties: {} }],
}
const span = { startIP: '20.1.2.3', endIP: '20.1.2.3', startIpAddress: '20.1.2.3', endIpAddress: '20.1.2.3' }
/** Of a child with rules, and of a list of rules. */
const beside = {
  properties: { ...network, ipRules: [{ ipMask: '20.1.2.3', action: 'Allow' }], virtualNetworkRules: [{ subnet: { id: '/s' } }] },
  value: [{ name: 'office', properties: span }],
}

/** The result, or nothing if it was not understood; any other error fails the test. */
function understood<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(UnexpectedShape)
    expect(String(error)).not.toContain(secret)
    return undefined
  }
}

const samples = resources.map((on) => {
  const target = targets.find((one) => one.on === on)
  if (!target) throw new Error(`no type is on ${on.armType}`)
  const sample = sampleOf(target)
  const body = bodyOf(sample)
  return [on.armType, { on, detail: sample.detail, body: { ...body, properties: { ...network, ...Object(body['properties']) } } }] as const
})

describe('an answer with a field of another type', () => {
  it.each(samples)('of %s is read or not understood, never a mistake of the app', (_type, { on, body, detail }) => {
    fc.assert(
      fc.property(disturbed(body), disturbed(detail ?? { properties: {} }), (bad, badDetail) => {
        understood(() => on.read(bad as Body, detail))
        understood(() => on.read(body, badDetail as Body))
      }),
    )
  })

  it.each(samples)('of %s never costs others their rules', (armType, { on: { firewall }, body }) => {
    const id = `/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/${armType}/one`
    expect(resourceId(id).name).toBe('one')
    const change = { add: [{ ip: '20.9.9.9', name: 'sc' }], remove: [] }
    const rules = (answers: readonly unknown[]) => firewall.rules(answers as readonly Body[]).map(({ ip }) => ip)
    expect(rules([body, beside])).toEqual(firewall.max === 0 ? [] : ['20.1.2.3'])
    fc.assert(
      fc.property(disturbed(body), disturbed(beside), fc.boolean(), (badBody, badSet, isBody) => {
        const answers = (isBody ? [badBody, beside] : [body, badSet]) as readonly Body[]
        understood(() => firewall.network(answers))
        understood(() => firewall.opensWhenEmpty?.(answers))
        const there = understood(() => rules(answers))
        const requests = understood(() => firewall.write(id, change, answers)) ?? []
        if (there === undefined) expect(requests).toEqual([])
        for (const request of requests)
          if (request.method === 'PATCH' || (request.method === 'PUT' && request.id.split('/').at(-1) !== 'sc'))
            for (const ip of there ?? []) expect(JSON.stringify(request.body)).toContain(ip)
      }),
    )
  })

  it('of a cluster is read or not understood', () => {
    const cluster = {
      location: 'westeurope',
      tags: { team: secret },
      properties: {
        powerState: { code: 'Running' },
        addonProfiles: { azureKeyvaultSecretsProvider: { enabled: true, identity: { clientId: 'a', objectId: 'b' } } },
        networkProfile: { outboundType: 'loadBalancer', loadBalancerProfile: { effectiveOutboundIPs: [{ id: '/ip' }] } },
        agentPoolProfiles: [{ provisioningState: 'Succeeded', nodeTaints: ['a=b:NoSchedule'] }],
      },
    }
    fc.assert(fc.property(disturbed(cluster), (bad) => void understood(() => managedCluster(bad))))
  })

  it('is named by the fields of the schema, not by keys of the answer', () => {
    const wrong = (body: unknown): string => {
      try {
        return String(managedCluster(body))
      } catch (error) {
        return error instanceof UnexpectedShape ? error.wrong : String(error)
      }
    }
    expect(wrong({ location: 'a', properties: { powerState: { code: 1 } } })).toBe(
      'its field properties.powerState.code is not of type string',
    )
    expect(wrong({ location: 'a', tags: { [secret]: 1 }, properties: {} })).toBe('its field tags is not of type string')
    expect(wrong({ location: 'a', properties: { agentPoolProfiles: [{ nodeTaints: [1] }] } })).toBe(
      'its field properties.agentPoolProfiles[].nodeTaints[] is not of type string',
    )
    expect(wrong(null)).toBe('it is not of type object')
  })
})
