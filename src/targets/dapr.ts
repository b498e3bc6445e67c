// Dapr components on a target: what each type of component has as metadata. https://docs.dapr.io/reference/components-reference/
//
// No key stands in a component: what is secret is in a Secret of the connection, and the component refers to it. Pods with an identity sign in by
// `azureClientId` (https://docs.dapr.io/developing-applications/integrations/azure/azure-authentication/): the sidecar reads the token of the pod.
import type { Auth } from '../model/auth.ts'
import type { DaprType } from '../model/dapr.ts'
import { credential, endpoint, host, identity, type Row, resourceName, servicePrincipal } from './secret-table.ts'

type Parts = {
  /** Whatever the auth type. */
  readonly metadata?: Row
  /** In place of a key. */
  readonly tokens?: Row
  /** With a key. */
  readonly key?: Row
}
export type DaprComponent = DaprType & { readonly parts: Parts }

const signIn: Readonly<Partial<Record<Auth, { readonly metadata: Row; readonly secret: Row }>>> = {
  'workload-identity': { metadata: { azureClientId: identity.clientId }, secret: {} },
  // The nodes have the identity of the add-on.
  csi: { metadata: { azureClientId: identity.clientId }, secret: {} },
  'service-principal': {
    metadata: { azureTenantId: servicePrincipal.tenantId, azureClientId: servicePrincipal.clientId },
    secret: { azureClientSecret: servicePrincipal.clientSecret },
  },
}
const ofSignIn = Object.values(signIn).flatMap(({ metadata, secret }) => [...Object.keys(metadata), ...Object.keys(secret)])

/** `required`: what Dapr requires and only the author knows. */
export const component = (componentType: string, parts: Parts, required: readonly string[] = [], version = 'v1'): DaprComponent => ({
  componentType,
  version,
  required,
  written: [...new Set([...Object.keys({ ...parts.metadata, ...parts.tokens, ...parts.key }), ...ofSignIn])],
  parts,
})

/** What several types have alike. */
export const daprParts = {
  storage: { metadata: { accountName: resourceName }, key: { accountKey: credential } },
  serviceBus: { tokens: { namespaceName: host }, key: { connectionString: credential } },
  eventHubs: { tokens: { eventHubNamespace: resourceName }, key: { connectionString: credential } },
  endpointOr: (name: string): Parts => ({ tokens: { [name]: endpoint }, key: { connectionString: credential } }),
} as const

/** The metadata of a component, and what of it is secret. */
export function daprRows(
  { parts: { metadata = {}, tokens = {}, key = {} } }: DaprComponent,
  auth: Auth,
): { readonly metadata: Row; readonly secret: Row } {
  const own = signIn[auth]
  return own ? { metadata: { ...metadata, ...tokens, ...own.metadata }, secret: own.secret } : { metadata, secret: key }
}
