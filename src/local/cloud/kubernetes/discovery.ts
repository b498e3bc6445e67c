// What clients ask first: version, health, API groups and their resources. https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api

import type { CloudResponse } from '../http.ts'
import { type Addons, addonKinds, isServed } from './addon-kinds.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds.ts'

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update']
const verbsOf = ({ resource }: Kind): readonly string[] =>
  resource === 'namespaces' ? verbs.filter((verb) => verb !== 'deletecollection') : verbs

const describe = (kind: Kind): readonly object[] => [
  {
    name: kind.resource,
    singularName: kind.kind.toLowerCase(),
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(kind.shortNames ? { shortNames: kind.shortNames } : {}),
  },
  ...(kind.subresources ?? []).map((name) => ({
    name: `${kind.resource}/${name}`,
    singularName: '',
    namespaced: kind.namespaced,
    group: 'authentication.k8s.io',
    version: 'v1',
    kind: 'TokenRequest',
    verbs: ['create'],
  })),
]
const resourcesOf = (group: string, version = 'v1'): readonly object[] =>
  kinds.filter((kind) => (kind.group ?? '') === group && (kind.version ?? 'v1') === version).flatMap(describe)
const groupsOf = (some: readonly Kind[]): ReadonlySet<string> => new Set(some.flatMap(({ group }) => group ?? []))

const core = resourcesOf('')
const builtIn = groupsOf(kinds.filter(({ addon }) => addon === undefined))
const reviews = 'authorization.k8s.io'
const review = {
  name: 'selfsubjectaccessreviews',
  singularName: 'selfsubjectaccessreview',
  namespaced: false,
  kind: 'SelfSubjectAccessReview',
  verbs: ['create'],
}

/** Of a group, the one that it prefers first: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority */
const versionsIn = (group: string): readonly string[] => {
  const found = new Set(kinds.flatMap((kind) => (kind.group === group ? [kind.version ?? 'v1'] : [])))
  return found.size === 0 ? ['v1'] : [...found].sort(byPriority)
}
const rank = (version: string): readonly number[] => {
  const [, major = '0', stage = '', minor = '0'] = /^v(\d+)(alpha|beta)?(\d*)$/.exec(version) ?? []
  return [['alpha', 'beta', ''].indexOf(stage), Number(major), Number(minor)]
}
const byPriority = (one: string, other: string): number => {
  const [these, those] = [rank(one), rank(other)]
  return these.map((part, at) => (those[at] ?? 0) - part).find((difference) => difference !== 0) ?? 0
}
const group = (name: string) => {
  const versions = versionsIn(name).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

/** Undefined = none of these paths. */
export function discovery(path: string, host: string, addons: Addons): CloudResponse | undefined {
  const groups = new Set([...builtIn, reviews, ...groupsOf(addonKinds.filter((kind) => isServed(kind, addons)))])
  const parts = path.split('/').filter((part) => part !== '')
  if (path === '/healthz' || path === '/readyz' || path === '/livez') return { status: 200, body: 'ok' }
  if (path === '/version' || path === '/version/')
    return {
      status: 200,
      body: {
        major: '1',
        minor: '33',
        gitVersion: 'v1.33.5',
        gitTreeState: 'clean',
        goVersion: 'go1.24.6',
        compiler: 'gc',
        platform: 'linux/amd64',
      },
    }
  if (parts[0] === 'api' && parts.length === 1)
    return {
      status: 200,
      body: {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: `${host}:443` }],
      },
    }
  if (parts[0] === 'api' && parts[1] === 'v1' && parts.length === 2)
    return { status: 200, body: { kind: 'APIResourceList', groupVersion: 'v1', resources: core } }
  if (parts[0] !== 'apis') return undefined
  const [, name, of] = parts
  if (name === undefined) return { status: 200, body: { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups].map(group) } }
  if (!groups.has(name)) return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' }
  if (of === undefined) return { status: 200, body: { kind: 'APIGroup', apiVersion: 'v1', ...group(name) } }
  if (parts.length === 3 && versionsIn(name).includes(of)) {
    const resources = name === reviews ? [review] : resourcesOf(name, of)
    return { status: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${name}/${of}`, resources } }
  }
  return undefined
}
