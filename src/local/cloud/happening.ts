// What happened in ARM, and the event that Event Grid makes of it: no body of the resource, only who did what to which id
// (https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions). There is no event for a read.

import { tenant } from './entra/directory.ts'
import type { Json } from './world.ts'

/** Plain data: a long-running operation keeps its own until it ends. */
export type Happening = {
  readonly kind: 'Write' | 'Delete' | 'Action'
  readonly outcome: 'Success' | 'Failure'
  readonly operationName: string
  readonly resource: string
  readonly caller: { readonly oid: string; readonly appid: string }
  readonly correlationId: string
  readonly method: string
  readonly url: string
}

export type EventGridEvent = {
  readonly id: string
  readonly topic: string
  readonly subject: string
  readonly eventType: string
  readonly eventTime: string
  readonly data: Json
  readonly dataVersion: '1' | '2'
  readonly metadataVersion: '1'
}

export function eventOf(what: Happening, id: string, now: number): EventGridEvent {
  const [, subscription = ''] = /^\/subscriptions\/([^/]+)/i.exec(what.resource) ?? []
  const [, provider = 'Microsoft.Resources'] = /\/providers\/([^/]+)\/(?!.*\/providers\/)/i.exec(what.resource) ?? []
  return {
    id,
    topic: `/subscriptions/${subscription}`,
    subject: what.resource,
    eventType: `Microsoft.Resources.Resource${what.kind}${what.outcome}`,
    eventTime: new Date(now).toISOString().replace('Z', '6117Z'),
    data: {
      authorization: {
        scope: what.resource,
        action: what.operationName,
        evidence: { principalId: what.caller.oid, principalType: 'ServicePrincipal' },
      },
      claims: {
        aud: 'https://management.core.windows.net/',
        iss: `https://sts.windows.net/${tenant}/`,
        appid: what.caller.appid,
        'http://schemas.microsoft.com/identity/claims/objectidentifier': what.caller.oid,
        ipaddr: '198.51.100.7',
        ver: '1.0',
      },
      correlationId: what.correlationId,
      httpRequest: { clientRequestId: what.correlationId, clientIpAddress: '198.51.100.7', method: what.method, url: what.url },
      resourceProvider: provider,
      resourceUri: what.resource,
      operationName: what.operationName,
      status: what.outcome === 'Success' ? 'Succeeded' : 'Failed',
      subscriptionId: subscription,
      tenantId: tenant,
    },
    dataVersion: '2',
    metadataVersion: '1',
  }
}

/** https://learn.microsoft.com/azure/event-grid/event-schema-key-vault */
export function secretEventOf(vaultId: string, secret: string, version: string, id: string, now: number): EventGridEvent {
  const vault = vaultId.slice(vaultId.lastIndexOf('/') + 1)
  return {
    id,
    topic: vaultId,
    subject: secret,
    eventType: 'Microsoft.KeyVault.SecretNewVersionCreated',
    eventTime: new Date(now).toISOString(),
    data: {
      Id: `https://${vault}.vault.azure.net/secrets/${secret}/${version}`,
      VaultName: vault,
      ObjectType: 'Secret',
      ObjectName: secret,
      Version: version,
      NBF: null,
      EXP: null,
    },
    dataVersion: '1',
    metadataVersion: '1',
  }
}

/** The same in the schema of CloudEvents 1.0. */
export const cloudEventOf = (event: EventGridEvent): Json => ({
  id: event.id,
  source: event.topic,
  subject: event.subject,
  type: event.eventType,
  time: event.eventTime,
  specversion: '1.0',
  data: event.data,
})
