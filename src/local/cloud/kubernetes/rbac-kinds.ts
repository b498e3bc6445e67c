// ClusterRole and ClusterRoleBinding, as kinds. What they permit is in rbac.ts.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/
import type { Kind } from './kind.ts'
import { isRaw, type KubernetesObject, withoutEmpty } from './object.ts'
import { atomic, fields, objectOf, text } from './schema.ts'
import { type Cause, invalidValue, required } from './status.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'
const common = { group: rbacGroup, namespaced: false, names: 'path', strategy: (object: object) => ({ ...object }) } as const

const clusterRoles: Kind = {
  ...common,
  kind: 'ClusterRole',
  resource: 'clusterroles',
  schema: objectOf({ rules: atomic, aggregationRule: atomic }),
  defaults: (object) => withoutEmpty(object),
  mistakes: ({ rules }) =>
    (Array.isArray(rules) ? rules : []).flatMap((rule, at) =>
      isRaw(rule) && Array.isArray(rule['verbs']) && rule['verbs'].length > 0
        ? []
        : [required(`rules[${at}].verbs`, 'verbs must contain at least one value')],
    ),
}

const refOf = (object: KubernetesObject) => (isRaw(object['roleRef']) ? object['roleRef'] : {})

const clusterRoleBindings: Kind = {
  ...common,
  kind: 'ClusterRoleBinding',
  resource: 'clusterrolebindings',
  schema: objectOf({ subjects: atomic, roleRef: fields({ apiGroup: text, kind: text, name: text }) }),
  defaults: (object) => withoutEmpty(object),
  mistakes(object, before): Cause[] {
    const { name, kind } = refOf(object)
    if (!name) return [required('roleRef.name')]
    const ref = (of: KubernetesObject): string => JSON.stringify([refOf(of)['kind'], refOf(of)['name']])
    return before && ref(before) !== ref(object) ? [invalidValue('roleRef', `${kind} ${name}`, 'cannot change roleRef')] : []
  },
}

export const rbacKinds: readonly Kind[] = [clusterRoles, clusterRoleBindings]
