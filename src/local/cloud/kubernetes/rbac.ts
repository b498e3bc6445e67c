// What ClusterRoles and ClusterRoleBindings permit to a ServiceAccount, and who may write them: a caller grants only what it has itself.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
import type { Ask } from './access.ts'
import { isRaw, type Raw } from './object.ts'
import { rbacGroup } from './rbac-kinds.ts'
import { forbidden } from './status.ts'
import type { Store } from './store.ts'

type Rule = { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[] }
const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
const listOf = (value: unknown): readonly Raw[] => (Array.isArray(value) ? value.filter(isRaw) : [])

const rulesOf = (role: Raw | undefined): readonly Rule[] =>
  listOf(role?.['rules']).map((rule) => ({
    apiGroups: textsOf(rule['apiGroups']),
    resources: textsOf(rule['resources']),
    verbs: textsOf(rule['verbs']),
  }))

type Account = { readonly namespace: string; readonly name: string }
type Asked = Pick<Ask, 'verb' | 'group' | 'resource'>

const isAccount =
  ({ namespace, name }: Account) =>
  (subject: Raw): boolean => {
    if (subject['kind'] === 'ServiceAccount') return subject['name'] === name && subject['namespace'] === namespace
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
    if (subject['kind'] === 'Group') return groups.includes(String(subject['name']))
    return subject['kind'] === 'User' && subject['name'] === `system:serviceaccount:${namespace}:${name}`
  }

const includes = (all: readonly string[], one: string): boolean => all.includes('*') || all.includes(one)

const mayAs = (store: Store, isSubject: (subject: Raw) => boolean, ask: Asked): boolean =>
  (store.list('clusterrolebindings', '') ?? [])
    .filter((binding) => listOf(binding['subjects']).some(isSubject))
    .map((binding) => (isRaw(binding['roleRef']) ? String(binding['roleRef']['name']) : ''))
    .flatMap((role) => rulesOf(store.get('clusterroles', '', role)))
    .some((rule) => includes(rule.apiGroups, ask.group) && includes(rule.resources, ask.resource) && includes(rule.verbs, ask.verb))

/** Whether the cluster's own roles permit it to pods of the ServiceAccount. */
export const accountMay = (store: Store, account: Account, ask: Asked): boolean => mayAs(store, isAccount(account), ask)

/** The same for a caller that Entra ID knows, by object id. */
export const callerMay = (store: Store, oid: string, ask: Asked): boolean =>
  mayAs(store, (subject) => subject['kind'] === 'User' && subject['name'] === oid, ask)

/** Throws 403 unless the caller has everything that the object grants, or may `escalate` roles or `bind` this one. */
export function needOwnRights(store: Store, object: Raw, resource: string, caller: string, allowed: (ask: Ask) => boolean): void {
  const ref = isRaw(object['roleRef']) ? String(object['roleRef']['name']) : undefined
  const name = isRaw(object['metadata']) ? String(object['metadata']['name']) : ''
  if (allowed({ verb: ref === undefined ? 'escalate' : 'bind', resource: 'clusterroles', group: rbacGroup })) return
  const rules = ref === undefined ? rulesOf(object) : rulesOf(store.get('clusterroles', '', ref))
  const missing = rules.filter(
    ({ apiGroups, resources, verbs }) =>
      !apiGroups.every((group) => resources.every((one) => verbs.every((verb) => allowed({ verb, resource: one, group })))),
  )
  if (missing.length === 0) return
  const quoted = (texts: readonly string[]): string => texts.map((text) => JSON.stringify(text)).join(', ')
  const words = missing.map(
    (rule) => `{APIGroups:[${quoted(rule.apiGroups)}], Resources:[${quoted(rule.resources)}], Verbs:[${quoted(rule.verbs)}]}`,
  )
  throw forbidden(
    { resource, group: rbacGroup, name },
    `user "${caller}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${words.join('\n')}`,
  )
}
