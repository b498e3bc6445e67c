// As much of `az` and `kubectl` as the product's reports ask for, against the simulated cloud: a person who pastes a reported line gets exactly this.
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
  bus: '2024-01-01',
  postgres: '2024-08-01',
  vault: '2025-05-01',
} as const

/** Words as a POSIX shell makes them; `|` is a word of its own where it is not quoted. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, '$1$2$3'))

/** JMESPath as far as lines have it: a path, or the first of a list with a given field. https://jmespath.org/specification.html */
function queried(body: unknown, query: string): unknown {
  const [, list, field = '', value, rest] = /^(\w+)\[\?(\w+)=='([^']+)'\]\.(\w+) \| \[0\]$/.exec(query) ?? []
  const at = (from: unknown, path: string): unknown =>
    path.split(/[.[\]]+/).reduce((inside: unknown, name) => Reflect.get(Object(inside), name), from)
  if (list === undefined || rest === undefined) return at(body, query)
  return at(
    (at(body, list) as readonly Body[]).find((one) => one[field] === value),
    rest,
  )
}

/** `$(az rest …)` within double quotes: the one command that lines have in the place of a credential. */
async function expanded(person: Person, line: string): Promise<string> {
  let text = line
  const request = /\$\(az rest --method post --url '([^']+)' --query (?:'([^']+)'|"([^"]+)") --output tsv\)/g
  for (const [whole, url = '', single, double = ''] of line.matchAll(request)) {
    const { body } = await person.arm('POST', url)
    text = text.replace(whole, String(queried(body, single ?? double)))
  }
  return text
}

/** Runs the lines in order; a refusal throws. `cluster`: where `kubectl` points. */
export async function runByHand(person: Person, lines: string, cluster: string): Promise<void> {
  for (const given of lines.split('\n')) {
    const line = await expanded(person, given)
    const words = wordsOf(line)
    if (words.includes('|')) {
      await runPipe({ person, cluster }, words)
      continue
    }
    const at = words.findIndex((word) => word.startsWith('-'))
    const named = words.slice(0, at < 0 ? words.length : at)
    const options = optionsIn(words.slice(named.length))
    const command = Object.keys(commands).find((name) => named.join(' ').startsWith(name))
    if (command === undefined) throw new Error(`No one could run: ${line}`)
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

/** `kubectl create … --dry-run | kubectl label … | kubectl annotate … | kubectl apply --server-side`: an object that is made up and then applied. */
async function runPipe({ person, cluster }: Pick<Run, 'person' | 'cluster'>, words: readonly string[]): Promise<void> {
  const parts = words
    .join('\n')
    .split('\n|\n')
    .map((part) => part.split('\n'))
  let body: Body & { metadata: Body } = { metadata: {} }
  for (const [program, verb, ...more] of parts) {
    if (program !== 'kubectl') throw new Error(`No one could run ${program}`)
    body = (await pipes[verb ?? '']?.(body, more, { person, cluster })) ?? missing(verb)
  }
}
const missing = (verb: string | undefined): never => {
  throw new Error(`kubectl ${verb} is not understood`)
}

type Made = Body & { metadata: Body }
const only = (options: Options, ...names: readonly string[]): void => {
  const others = [...options.keys()].filter((name) => !names.includes(name))
  if (others.length > 0) throw new Error(`${others.join(', ')} is not understood`)
}
/** Words before, between and after the options; `--filename -` and `--output yaml` take one word each. */
function pairsIn(words: readonly string[]): Record<string, string> {
  const options = ['--local', '--filename', '-', '--output', 'yaml']
  return pairs(words.filter((word) => !options.includes(word)).join('\n'))
}
const pipes: Readonly<Record<string, (body: Made, words: readonly string[], run: Pick<Run, 'person' | 'cluster'>) => Promise<Made>>> = {
  async create(_, words) {
    const at = words.findIndex((word) => word.startsWith('--'))
    const options = optionsIn(words.slice(at))
    const [kind, name] = words[0] === 'secret' ? ['Secret', words[2]] : ['ServiceAccount', words[1]]
    only(options, 'namespace', 'from-literal', 'dry-run', 'output')
    const metadata = { name, namespace: options.get('namespace') }
    const literals = options.get('from-literal')
    const data = Object.entries(typeof literals === 'string' ? pairs(literals) : {}).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ])
    return { apiVersion: 'v1', kind, metadata, ...(kind === 'Secret' ? { type: 'Opaque', data: Object.fromEntries(data) } : {}) }
  },
  label: async (body, words) => ({ ...body, metadata: { ...body.metadata, labels: pairsIn(words) } }),
  annotate: async (body, words) => ({ ...body, metadata: { ...body.metadata, annotations: pairsIn(words) } }),
  async apply(body, words, { person, cluster }) {
    const options = optionsIn(words)
    only(options, 'server-side', 'field-manager', 'force-conflicts', 'filename')
    const { name, namespace } = body.metadata
    const path = `/api/v1/namespaces/${namespace}/${String(body['kind']).toLowerCase()}s/${name}`
    const query = `fieldManager=${options.get('field-manager')}&force=${options.has('force-conflicts')}`
    const answer = await person.kubernetes(cluster, 'PATCH', `${path}?${query}`, body, 'application/apply-patch+yaml')
    if (answer.status >= 300) throw new Error(`apply ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return body
  },
}

const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities'

async function rule(run: Run, change: (rules: readonly Body[], ip: string) => readonly Body[]): Promise<void> {
  const id = idIn(run.options, 'Microsoft.Storage/storageAccounts', 'account-name')
  const { properties } = (await arm(run, 'GET', id, versions.storage)) as { properties: { networkAcls: Body & { ipRules: Body[] } } }
  const { networkAcls } = properties
  const ipRules = change(networkAcls.ipRules, take(run.options, 'ip-address'))
  await arm(run, 'PATCH', id, versions.storage, { properties: { networkAcls: { ...networkAcls, ipRules } } })
}

async function busRule(run: Run, change: (rules: readonly Body[], ip: string) => readonly Body[]): Promise<void> {
  const id = `${idIn(run.options, 'Microsoft.ServiceBus/namespaces', 'namespace-name')}/networkRuleSets/default`
  const { 'ip-address': ip = '', action } = pairs(take(run.options, 'ip-rule'))
  if (action !== 'Allow') throw new Error(`The action ${action} is not understood`)
  const { properties } = (await arm(run, 'GET', id, versions.bus)) as { properties: Body & { ipRules: Body[] } }
  await arm(run, 'PUT', id, versions.bus, { properties: { ...properties, ipRules: change(properties.ipRules, ip) } })
}

/** The Azure CLI removes a rule that is spelt as the vault has it. */
async function vaultRule(run: Run, change: (rules: readonly Body[], ip: string) => readonly Body[]): Promise<void> {
  const id = idIn(run.options, 'Microsoft.KeyVault/vaults', 'name')
  const { properties } = (await arm(run, 'GET', id, versions.vault)) as { properties: { networkAcls: Body & { ipRules: Body[] } } }
  const { networkAcls } = properties
  const ipRules = change(networkAcls.ipRules, take(run.options, 'ip-address'))
  await arm(run, 'PATCH', id, versions.vault, { properties: { networkAcls: { ...networkAcls, ipRules } } })
}

const serverRule = (options: Options): string =>
  `${idIn(options, 'Microsoft.DBforPostgreSQL/flexibleServers', 'name')}/firewallRules/${take(options, 'rule-name')}`

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
  'az servicebus namespace network-rule-set ip-rule add': (run) => busRule(run, (rules, ip) => [...rules, { ipMask: ip, action: 'Allow' }]),
  'az servicebus namespace network-rule-set ip-rule remove': (run) =>
    busRule(run, (rules, ip) => rules.filter(({ ipMask }) => ipMask !== ip)),
  'az keyvault network-rule add': (run) => vaultRule(run, (rules, value) => [...rules, { value }]),
  'az keyvault network-rule remove': (run) => vaultRule(run, (rules, ip) => rules.filter(({ value }) => value !== ip)),
  async 'az keyvault update'(run) {
    const id = idIn(run.options, 'Microsoft.KeyVault/vaults', 'name')
    const enableRbacAuthorization = take(run.options, 'enable-rbac-authorization') === 'true'
    await arm(run, 'PATCH', id, versions.vault, { properties: { enableRbacAuthorization } })
  },
  async 'az postgres flexible-server firewall-rule create'(run) {
    const [startIpAddress, endIpAddress] = ['start-ip-address', 'end-ip-address'].map((name) => take(run.options, name))
    await arm(run, 'PUT', serverRule(run.options), versions.postgres, { properties: { startIpAddress, endIpAddress } })
  },
  async 'az postgres flexible-server firewall-rule delete'(run) {
    flag(run.options, 'yes')
    await arm(run, 'DELETE', serverRule(run.options), versions.postgres)
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
      ...(run.options.has('description') ? { description: take(run.options, 'description') } : {}),
    }
    const name = run.options.has('name') ? take(run.options, 'name') : randomUUID()
    await arm(run, 'PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`, versions.roles, { properties })
  },
  'az role assignment delete': (run) => arm(run, 'DELETE', take(run.options, 'ids'), versions.roles),
  async 'az tag update'(run) {
    const id = `${take(run.options, 'resource-id')}/providers/Microsoft.Resources/tags/default`
    await arm(run, 'PATCH', id, '2021-04-01', {
      operation: take(run.options, 'operation'),
      properties: { tags: pairs(take(run.options, 'tags')) },
    })
  },
  'az provider register': (run) =>
    arm(
      run,
      'POST',
      `/subscriptions/${take(run.options, 'subscription')}/providers/${take(run.options, 'namespace')}/register`,
      '2021-04-01',
    ),
  async 'az k8s-extension create'(run) {
    const { options } = run
    const cluster = idIn(options, `Microsoft.ContainerService/${take(options, 'cluster-type')}`, 'cluster-name')
    take(options, 'scope')
    const properties = {
      extensionType: take(options, 'extension-type'),
      releaseTrain: take(options, 'release-train'),
      autoUpgradeMinorVersion: take(options, 'auto-upgrade-minor-version') === 'true',
      scope: { cluster: { releaseNamespace: take(options, 'release-namespace') } },
    }
    const id = `${cluster}/providers/Microsoft.KubernetesConfiguration/extensions/${take(options, 'name')}`
    await arm(run, 'PUT', id, '2023-05-01', { properties })
  },
  'kubectl delete serviceaccount': (run) => kubectl(run, 'DELETE', `${take(run.options, 'namespace')}/serviceaccounts/${run.more[0]}`),
  'kubectl delete secret': (run) => kubectl(run, 'DELETE', `${take(run.options, 'namespace')}/secrets/${run.more[0]}`),
}
