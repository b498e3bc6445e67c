// Access policies of key vaults that use them (https://learn.microsoft.com/azure/key-vault/general/assign-access-policy). Surprising: a vault has one policy for
// each principal, without a name or a mark, and its permissions are words in any case. `add` and `remove` merge on the server, so no other policy is ever
// sent back (https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy). The right to write them is a right to read all that is in the
// vault, because the app could add itself: it is in no tier but one of its own (docs/adr/0086-access-policies-on-request.md).
import * as z from 'zod'
import { inShape } from '../../../model/answer-shape.ts'
import { numbered, place } from '../../../model/as-code.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { resourceId, sameId } from '../../../model/resource-id.ts'
import type { View } from '../../../model/view.ts'
import type { Ports } from '../../../ports/ports.ts'
import { commandsOf, declared, lines } from '../../by-hand/by-hand.ts'
import type { Granted, GrantType, Place } from './grant-type.ts'

const apiVersion = '2025-05-01'
const reader = { secrets: ['get', 'list'], certificates: ['get', 'list'], keys: ['get', 'list'] } as const
type Kind = keyof typeof reader
const kinds = Object.keys(reader) as readonly Kind[]

/** `part`: some of a reader's permissions. A policy with none of them is not listed. */
type Found = Granted & { readonly how: 'whole' | 'part' }

const words = z.array(z.string()).nullish()
const policySchema = z.looseObject({
  objectId: z.string(),
  applicationId: z.string().nullish(),
  permissions: z.looseObject({ secrets: words, certificates: words, keys: words }),
})
type Policy = z.output<typeof policySchema>
const vaultSchema = z.looseObject({ properties: z.looseObject({ accessPolicies: z.array(policySchema).nullish() }) })

async function policyOf({ scope, principalId }: Place, { arm }: Pick<Ports, 'arm'>): Promise<Policy | undefined> {
  const vault = await arm.get(scope, apiVersion)
  if (!vault) return undefined
  const { properties } = inShape(vaultSchema, vault)
  // One with an application as well is for a user who signs in through it.
  return properties.accessPolicies?.find(({ objectId, applicationId }) => sameId(objectId, principalId) && !applicationId)
}

/** The words of the policy, as it spells them, that are a reader's. */
const shared = ({ permissions }: Policy, kind: Kind): readonly string[] =>
  (permissions[kind] ?? []).filter((word) => reader[kind].some((wanted) => wanted === word.toLowerCase()))
const covers = (policy: Policy, kind: Kind): boolean =>
  shared(policy, kind).length === reader[kind].length || (policy.permissions[kind] ?? []).some((word) => word.toLowerCase() === 'all')

const change = (what: 'add' | 'remove', { scope, principalId }: GrantObject, permissions: object, tenantId: string, { arm }: Ports) =>
  arm.put(`${scope}/accessPolicies/${what}`, apiVersion, {
    properties: { accessPolicies: [{ tenantId, objectId: principalId, permissions }] },
  })

const tenantOf = ({ facts, installation }: View<'identity'>): string => facts.tenant ?? installation.tenant

export const vaultAccessPolicy: GrantType<Found> = {
  kind: 'vaultAccessPolicy',
  // Policies are in the body of the vault, which read-target reads.
  rights: { read: [], write: ['Microsoft.KeyVault/vaults/accessPolicies/write'] },

  nameOf: ({ principalId }) => ({ name: principalId }),

  async list(at, ports) {
    const policy = await policyOf(at, ports)
    if (!policy || kinds.every((kind) => shared(policy, kind).length === 0 && !covers(policy, kind))) return []
    return [{ roleId: 'reader', how: kinds.every((kind) => covers(policy, kind)) ? 'whole' : 'part' }]
  },

  compare({ id }, [found]) {
    if (!found) return { id, state: 'absent' }
    // Nothing says who gave it: the ledger knows. Some of it is of others, or one of them took some away.
    return found.how === 'whole'
      ? { id, state: 'same', mark: 'none' }
      : { id, state: 'different', mark: 'none', difference: 'the policy of the principal has only some of the permissions' }
  },

  make: (object, view, ports) => change('add', object, reader, tenantOf(view), ports),

  async remove(object, _version, ports, view) {
    const policy = await policyOf(object, ports)
    if (!policy) return {}
    // In another case they would stay: https://github.com/hashicorp/terraform-provider-azurerm/blob/main/internal/services/keyvault/key_vault_access_policy_resource.go
    return change('remove', object, Object.fromEntries(kinds.map((kind) => [kind, shared(policy, kind)])), tenantOf(view), ports)
  },

  byHand: (changes, view) =>
    commandsOf({
      cli: lines(changes, {
        make: ({ scope, principalId }) =>
          `az keyvault set-policy ${place(scope)} --object-id ${principalId} ${kinds.map((kind) => `--${kind.slice(0, -1)}-permissions ${reader[kind].join(' ')}`).join(' ')}`,
        remove: ({ object: { scope, principalId } }) => `az keyvault delete-policy ${place(scope)} --object-id ${principalId}`,
      }),
      terraform: declared(changes, ({ scope, principalId }, index) => {
        const permissions = kinds.map(
          (kind) =>
            `  ${kind.slice(0, -1)}_permissions = [${reader[kind].map((word) => `"${word[0]?.toUpperCase()}${word.slice(1)}"`).join(', ')}]`,
        )
        return [
          `resource "azurerm_key_vault_access_policy" "${numbered(`reader_of_${resourceId(scope).name.replaceAll('-', '_')}`, index)}" {`,
          `  key_vault_id = "${scope}"`,
          `  tenant_id = "${tenantOf(view)}"`,
          `  object_id = "${principalId}"`,
          ...permissions,
          '}',
        ].join('\n')
      }),
    }),
}
