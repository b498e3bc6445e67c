// As much of `az` and `kubectl` as the product's reports ask for, against the simulated cloud: whoever pastes a reported line gets just this.
// An option that is not understood is an error, so that no report can hold more than what was run.
import { randomUUID } from 'node:crypto'
import type { Person } from '../../src/local/person.ts'

type Options = Map<string, string | true>
type Body = Record<string, unknown>
const versions = {
  network: '2026-01-01',
  cluster: '2026-06-01',
  identity: '2023-01-31',
  storage: '2024-01-01',
  roles: '2022-04-01',
} as const

/** Words as a POSIX shell makes them; nothing is expanded. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll(/'([^']*)'/g, '$1'))

/** Runs the lines in order; a refusal throws. `cluster`: where `kubectl` points. */
export async function runByHand(person: Person, lines: string, cluster: string): Promise<void> {
  for (const line of lines.split('\n')) {
    const words = wordsOf(line)
    const at = words.findIndex((word) => word.startsWith('-'))
    const named = words.slice(0, at < 0 ? words.length : at)
    const options = optionsIn(words.slice(named.length))
    const command = Object.keys(commands).find((name) => named.join(' ').startsWith(name))
    if (command === undefined) throw new Error(`Nobody could run: ${line}`)
    const more = named.slice(command.split(' ').length)
    await commands[command]?.({ person, options, more, cluster })
    if (options.size > 0) throw new Error(`${[...options.keys()].join(', ')} of '${line}' is not understood`)
  }
}

function optionsIn(words: readonly string[]): Options {
  const options: Options = new Map()
  let last = ''
  for (const word of words) {
    if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split(/=(.*)/s)
      last = name
      options.set(name, join(options.get(name), value) ?? true)
    } else options.set(last, join(options.get(last), word) ?? true)
  }
  return options
}
const join = (before: string | true | undefined, word: string | undefined): string | true | undefined =>
  word === undefined ? before : typeof before === 'string' ? `${before}\n${word}` : word

type Run = { readonly person: Person; readonly options: Options; readonly more: readonly string[]; readonly cluster: string }

const take = (options: Options, name: string): string => {
  const value = options.get(name)
  if (typeof value !== 'string') throw new Error(`--${name} is missing`)
  options.delete(name)
  return value
}
const flag = (options: Options, name: string): boolean => options.delete(name)
const pairs = (text: string): Record<string, string> => Object.fromEntries(text.split('\n').map((pair) => pair.split(/=(.*)/s).slice(0, 2)))

const idIn = (options: Options, type: string, name: string): string =>
  `/subscriptions/${take(options, 'subscription')}/resourceGroups/${take(options, 'resource-group')}/providers/${type}/${take(options, name)}`

async function arm({ person }: Run, method: string, path: string, version: string, body?: unknown): Promise<Body> {
  const answer = await person.arm(method, `${path}?api-version=${version}`, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return (answer.body ?? {}) as Body
}
async function kubectl({ person, cluster }: Run, method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await person.kubernetes(cluster, method, `/api/v1/namespaces/${path}`, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as Body
}

const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities'

async function rule(run: Run, change: (rules: readonly Body[], ip: string) => readonly Body[]): Promise<void> {
  const id = idIn(run.options, 'Microsoft.Storage/storageAccounts', 'account-name')
  const { properties } = (await arm(run, 'GET', id, versions.storage)) as { properties: { networkAcls: Body & { ipRules: Body[] } } }
  const { networkAcls } = properties
  const ipRules = change(networkAcls.ipRules, take(run.options, 'ip-address'))
  await arm(run, 'PATCH', id, versions.storage, { properties: { networkAcls: { ...networkAcls, ipRules } } })
}

async function subnetRule(run: Run): Promise<void> {
  const id = idIn(run.options, 'Microsoft.Storage/storageAccounts', 'account-name')
  const { properties } = (await arm(run, 'GET', id, versions.storage)) as {
    properties: { networkAcls: Body & { virtualNetworkRules: Body[] } }
  }
  const { networkAcls } = properties
  const virtualNetworkRules = [...networkAcls.virtualNetworkRules, { id: take(run.options, 'subnet'), action: 'Allow' }]
  await arm(run, 'PATCH', id, versions.storage, { properties: { networkAcls: { ...networkAcls, virtualNetworkRules } } })
}

const commands: Readonly<Record<string, (run: Run) => Promise<unknown>>> = {
  async 'az aks update'(run) {
    const id = idIn(run.options, 'Microsoft.ContainerService/managedClusters', 'name')
    const body = (await arm(run, 'GET', id, versions.cluster)) as { properties: Body }
    if (flag(run.options, 'enable-oidc-issuer')) body.properties['oidcIssuerProfile'] = { enabled: true }
    if (flag(run.options, 'enable-workload-identity')) body.properties['securityProfile'] = { workloadIdentity: { enabled: true } }
    await arm(run, 'PUT', id, versions.cluster, body)
  },
  'az storage account network-rule add': (run) =>
    run.options.has('subnet') ? subnetRule(run) : rule(run, (rules, value) => [...rules, { value, action: 'Allow' }]),
  async 'az network vnet subnet update'(run) {
    const id = take(run.options, 'ids')
    const services = take(run.options, 'service-endpoints').split('\n')
    const body = (await arm(run, 'GET', id, versions.network)) as { properties: Body }
    body.properties['serviceEndpoints'] = services.map((service) => ({ service }))
    await arm(run, 'PUT', id, versions.network, body)
  },
  'az storage account network-rule remove': (run) => rule(run, (rules, ip) => rules.filter(({ value }) => value !== ip)),
  async 'az identity create'(run) {
    const body = { location: take(run.options, 'location'), tags: pairs(take(run.options, 'tags')) }
    await arm(run, 'PUT', idIn(run.options, identityType, 'name'), versions.identity, body)
  },
  'az identity delete': (run) => arm(run, 'DELETE', idIn(run.options, identityType, 'name'), versions.identity),
  async 'az identity federated-credential create'(run) {
    const id = `${idIn(run.options, identityType, 'identity-name')}/federatedIdentityCredentials/${take(run.options, 'name')}`
    const [issuer, subject, audience] = ['issuer', 'subject', 'audiences'].map((name) => take(run.options, name))
    await arm(run, 'PUT', id, versions.identity, { properties: { issuer, subject, audiences: [audience] } })
  },
  'az identity federated-credential delete'(run) {
    flag(run.options, 'yes')
    const id = `${idIn(run.options, identityType, 'identity-name')}/federatedIdentityCredentials/${take(run.options, 'name')}`
    return arm(run, 'DELETE', id, versions.identity)
  },
  async 'az role assignment create'(run) {
    const scope = take(run.options, 'scope')
    const [, subscription = ''] = scope.split('/subscriptions/')
    const role = `/subscriptions/${subscription.slice(0, 36)}/providers/Microsoft.Authorization/roleDefinitions/${take(run.options, 'role')}`
    const properties = {
      roleDefinitionId: role,
      principalId: take(run.options, 'assignee-object-id'),
      principalType: take(run.options, 'assignee-principal-type'),
    }
    await arm(run, 'PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`, versions.roles, { properties })
  },
  async 'az role assignment delete'(run) {
    const [scope, assignee, role] = ['scope', 'assignee', 'role'].map((name) => take(run.options, name))
    const { value } = (await arm(run, 'GET', `${scope}/providers/Microsoft.Authorization/roleAssignments`, versions.roles)) as {
      value: { id: string; properties: { principalId: string; roleDefinitionId: string } }[]
    }
    const found = value.filter(({ properties }) => properties.principalId === assignee && properties.roleDefinitionId.endsWith(`/${role}`))
    if (found.length === 0) throw new Error(`There is no assignment of ${role} to ${assignee}`)
    for (const { id } of found) await arm(run, 'DELETE', id, versions.roles)
  },
  async 'kubectl create serviceaccount'(run) {
    const [name] = run.more
    const metadata = { name }
    await kubectl(run, 'POST', `${take(run.options, 'namespace')}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  },
  async 'kubectl annotate serviceaccount'(run) {
    const [name, ...more] = run.more
    // kubectl takes them before or after its options
    const [namespace = '', ...annotations] = [...take(run.options, 'namespace').split('\n'), ...more]
    const path = `${namespace}/serviceaccounts/${name}`
    const account = (await kubectl(run, 'GET', path)) as { metadata: Body }
    account.metadata['annotations'] = pairs(annotations.join('\n'))
    await kubectl(run, 'PUT', path, account)
  },
  async 'kubectl create secret generic'(run) {
    const [name] = run.more
    const data = Object.entries(pairs(take(run.options, 'from-literal'))).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ])
    const body = { apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name }, data: Object.fromEntries(data) }
    await kubectl(run, 'POST', `${take(run.options, 'namespace')}/secrets`, body)
  },
  'kubectl delete serviceaccount': (run) => kubectl(run, 'DELETE', `${take(run.options, 'namespace')}/serviceaccounts/${run.more[0]}`),
  'kubectl delete secret': (run) => kubectl(run, 'DELETE', `${take(run.options, 'namespace')}/secrets/${run.more[0]}`),
}
