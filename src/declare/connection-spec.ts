// Turns an author's input, in any handler's words, into a spec: every default filled in, every id resolved. What is wrong comes back as validation
// issues that name the field and say how to write it. Consent is not decided here (consent.ts).

import { authTypeNamed } from '../auth/catalogue.ts'
import { addonIdentityLoop } from '../model/addon-identity.ts'
import { type ConnectionSpec, linkerId } from '../model/connection.ts'
import { keyOf, loop } from '../model/loop.ts'
import { identityId } from '../model/names.ts'
import { servicePrincipalLoop } from '../model/service-principal.ts'
import type { Read } from '../model/validation-issue.ts'
import type { Installation } from '../model/view.ts'
import { authIn, clientIn, identityIn, labelIn, nameIn, needsIdentity, providedIn, rolesIn, userNameIn } from './connection-fields.ts'
import type { ConnectionInput, Field } from './connection-input.ts'
import { daprIn } from './dapr-field.ts'
import { federationIn } from './federation-field.ts'
import { kubernetesExtensionIn } from './kubernetes-extension.ts'
import { additionalConfigurationsIn, connectionStringPropertiesIn, customizedKeysIn, keyNamingIn, shapeIn } from './secret-key-fields.ts'
import { transportIn } from './transport-field.ts'
import { vaultObjectsIn } from './vault-objects.ts'

/** `fields`: the handler's names of the fields. */
export function specOf(input: ConnectionInput, installation: Installation, fields: Readonly<Record<Field, string>>): Read<ConnectionSpec> {
  const parsed = parse(input)
  const { auth, client, transport } = parsed
  const issues = Object.values(parsed).flatMap((field) => field.issues)
  if (issues.length > 0 || auth.value === undefined || client.value === undefined || transport.value === undefined)
    return { issues: issues.map(({ field, message, hint }) => ({ field: fields[field], message, hint })) }

  const {
    namespace: { value: namespace = 'default' },
    workload: { value: workload = 'default' },
  } = parsed
  const { customizedKeys, additionalConfigurations, additionalConnectionStringProperties, userName, keptSecret } = input
  return {
    value: {
      key: keyOf(linkerId(input.cluster.id, input.name)),
      origin: input.origin,
      ...(input.policy === undefined ? {} : { policy: input.policy }),
      name: input.name,
      cluster: input.cluster,
      target: loop('target', input.target.owner),
      targetId: input.target.id,
      type: input.type.type,
      ...identityOf(input, parsed, { cluster: input.cluster, namespace, workload }, installation),
      namespace,
      workload,
      auth: auth.value,
      client: client.value,
      roles: parsed.roles.value ?? [],
      firewall: input.firewall ?? 'open',
      transport: transport.value,
      ...(parsed.federation.value ? { federation: parsed.federation.value } : {}),
      ...(userName === undefined ? {} : { userName }),
      ...(keptSecret ? { keptSecret } : {}),
      ...(hasEntries(customizedKeys) ? { customizedKeys } : {}),
      ...(parsed.dapr.value ? { dapr: parsed.dapr.value } : {}),
      ...(parsed.shape.value ? { shape: parsed.shape.value } : {}),
      ...(parsed.keyNaming.value ? { keyNaming: parsed.keyNaming.value } : {}),
      ...(hasEntries(additionalConfigurations) ? { additionalConfigurations } : {}),
      ...(parsed.kubernetesExtension.value ? { kubernetesExtension: true as const } : {}),
      ...(parsed.vaultObjects.value ? { vaultObjects: parsed.vaultObjects.value } : {}),
      ...(input.onDelete ? { onDelete: input.onDelete } : {}),
      ...(input.paused ? { paused: true as const } : {}),
      ...(hasEntries(additionalConnectionStringProperties) ? { additionalConnectionStringProperties } : {}),
    },
  }
}

const hasEntries = (record: Readonly<Record<string, string>> | undefined): record is Readonly<Record<string, string>> =>
  record !== undefined && Object.keys(record).length > 0

/** In the order in which issues are told. */
function parse(input: ConnectionInput) {
  const auth = authIn(input)
  const client = clientIn(input, auth.value)
  const transport = transportIn(input, auth.value)
  return {
    name: nameIn(input),
    namespace: labelIn('namespace', 'Kubernetes namespace', input.namespace),
    workload: labelIn('workload', 'workload', input.workload),
    auth,
    client,
    identity: identityIn(input, auth.value),
    federation: federationIn(input, auth.value, transport.value),
    provided: providedIn(input, auth.value),
    userName: userNameIn(input, auth.value),
    roles: rolesIn(input, auth.value),
    customizedKeys: customizedKeysIn(input, auth.value, client.value),
    keyNaming: keyNamingIn(input),
    shape: shapeIn(input, transport.value),
    dapr: daprIn(input, transport.value),
    additionalConfigurations: additionalConfigurationsIn(input, auth.value, client.value),
    additionalConnectionStringProperties: connectionStringPropertiesIn(input, auth.value, client.value),
    transport,
    kubernetesExtension: kubernetesExtensionIn(input, auth.value, transport.value),
    vaultObjects: vaultObjectsIn(input, auth.value, transport.value),
  }
}

/** `place`: for whose pods the app makes an identity where the author brings none. */
function identityOf(
  { servicePrincipal }: ConnectionInput,
  { auth, identity }: Pick<ReturnType<typeof parse>, 'auth' | 'identity'>,
  place: Pick<ConnectionSpec, 'cluster' | 'namespace' | 'workload'>,
  installation: Installation,
): Pick<ConnectionSpec, 'identity' | 'servicePrincipal' | 'provided'> {
  const isNeeded = needsIdentity(auth.value)
  if (servicePrincipal) return { identity: servicePrincipalLoop(servicePrincipal), servicePrincipal, provided: isNeeded }
  if (!isNeeded) return { provided: false }
  const addon = auth.value === undefined ? undefined : authTypeNamed(auth.value).addon
  if (addon) return { identity: addonIdentityLoop(addon, place.cluster), provided: true }
  return { identity: loop('identity', identity.value?.id ?? identityId(place, installation)), provided: identity.value !== undefined }
}
