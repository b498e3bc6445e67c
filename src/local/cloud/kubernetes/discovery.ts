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
const resourcesOf = (group: string): readonly object[] => kinds.filter((kind) => (kind.group ?? '') === group).flatMap(describe)
const addonGroups = (addons: Addons): Readonly<Record<string, readonly object[]>> =>
  Object.fromEntries(addonKinds.flatMap((kind) => (kind.group && isServed(kind, addons) ? [[kind.group, resourcesOf(kind.group)]] : [])))

const core = resourcesOf('')
const builtInGroups = [...new Set(kinds.flatMap(({ group, addon }) => (group !== undefined && addon === undefined ? [group] : [])))]
const builtIn: Readonly<Record<string, readonly object[]>> = {
  ...Object.fromEntries(builtInGroups.map((name) => [name, resourcesOf(name)])),
  'authorization.k8s.io': [
    {
      name: 'selfsubjectaccessreviews',
      singularName: 'selfsubjectaccessreview',
      namespaced: false,
      kind: 'SelfSubjectAccessReview',
      verbs: ['create'],
    },
  ],
}

const versionIn = (group: string): string => kinds.find((kind) => kind.group === group)?.version ?? 'v1'
const version = (group: string) => ({ groupVersion: `${group}/${versionIn(group)}`, version: versionIn(group) })
const group = (name: string) => ({ name, versions: [version(name)], preferredVersion: version(name) })

/** Undefined = none of these paths. */
export function discovery(path: string, host: string, addons: Addons): CloudResponse | undefined {
  const groups = { ...builtIn, ...addonGroups(addons) }
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
  if (name === undefined) return { status: 200, body: { kind: 'APIGroupList', apiVersion: 'v1', groups: Object.keys(groups).map(group) } }
  const resources = groups[name]
  if (!resources) return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '404 page not found\n' }
  if (of === undefined) return { status: 200, body: { kind: 'APIGroup', apiVersion: 'v1', ...group(name) } }
  if (of === versionIn(name) && parts.length === 3)
    return { status: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${name}/${of}`, resources } }
  return undefined
}
