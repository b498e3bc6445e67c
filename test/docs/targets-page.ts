// docs/targets/: an index, and a page for each type, written from the catalogue.

import { authTypeNamed } from '../../src/auth/catalogue.ts'
import type { Auth } from '../../src/model/auth.ts'
import { namedGrant } from '../../src/model/grant.ts'
import { childNames, exampleOf } from '../../src/model/target-place.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { credentialOf } from '../../src/targets/resource.ts'
import { resourceIn, type Target } from '../../src/targets/target-type.ts'
import tried from '../targets/results.json' with { type: 'json' }
import { outside } from '../targets/samples.ts'
import documented from '../targets/service-connector.json' with { type: 'json' }

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ')
/** Pages of targets lie in a folder of their own. */
const fromBelow = (text: string): string => text.replaceAll(/\]\((?=[a-z-]+\.md)/g, '](../')
const written = 'from `src/targets/` by `npx vitest run test/docs -u`; a test fails where it is stale.'

export const targetPages = (): ReadonlyMap<string, string> =>
  new Map([['README', indexPage()], ...targets.map((target) => [target.type, pageOf(target)] as const)])

function indexPage(): string {
  const rows = targets.map(
    (target) =>
      `| [${target.displayName}](${target.type}.md) | \`${target.type}\` | ${code(target.auth)} | ${firewallOf(target)} | ${rotationOf(target)} |`,
  )
  const seen = tried.map(
    ({ type, auth, keys, roles, firewall, rotation, rotate, removed }) =>
      `| ${code([type])} | ${code([auth])} | ${keys} | ${roles} | ${firewall} | ${rotation} | ${rotate} | ${removed} |`,
  )
  return `# Targets

What a cluster's namespace can be connected to. Keys and values of the Secrets are those of
[Azure Service Connector](https://learn.microsoft.com/azure/service-connector/overview), so that manifests written for it keep working.
\`GET /targetTypes\` answers types, auth types and client types in the form of \`az aks connection list-support-types\`.

| target | type | auth | firewall | [rotation](../http-api.md#rotating-keys) |
|---|---|---|---|---|
${rows.join('\n')}

This page and those of the types are written ${written}

## What was tried

One story connects each type with each auth type in the simulated Azure, regenerates every key as another party does, rotates the keys on request, and deletes the connections. This is what it saw.

| type | auth | keys in the Secret | roles assigned | firewall | regenerated key | rotated | removed |
|---|---|---|---|---|---|---|---|
${seen.join('\n')}
`
}

const firewallOf = (target: Target): string => {
  const { firewall } = resourceIn(target) ?? {}
  if (!firewall) return 'its own, which the app does not open'
  return firewall.max > 0 ? `at most ${firewall.max} IP rules` : 'no IP rules'
}
function rotationOf(target: Target): 'no keys' | 'both keys' | 'not possible' {
  const resource = resourceIn(target)
  const isFetched = target.auth.some((one) => authTypeNamed(one).secret === 'fetched')
  if (!resource || !isFetched || !credentialOf(resource, target.type)) return 'no keys'
  return resource.renewal ? 'both keys' : 'not possible'
}

function pageOf(target: Target): string {
  const { type, displayName, aliases, grants, notes } = target
  const [usual, others] = [grants.default, grants.allowed].map(
    (list) => list.map((grant) => `\`${namedGrant(grant)}\``).join(', ') || 'none',
  )
  const all = [...(resourceIn(target)?.notes ?? []), ...(notes ?? [])].map((note) => `- ${fromBelow(note)}\n`)
  return `# ${displayName}

| | |
|---|---|
| type | ${code([type])}${aliases.length > 0 ? `, in [tags](../tags.md) also ${code(aliases)}` : ''} |
| ${placeRow(target)} |
| roles by default | ${usual} |
| other roles by name | ${others} |
| firewall | ${firewallWords(target)} |
${privateEndpointRow(target)}| rotation | ${rotationWords(target)} |
${all.length > 0 ? `\n## Worth knowing\n\n${all.join('')}` : ''}
## Connect it

${howToConnect(target)}

## What is written

A Secret \`sc-data-secret\` in the namespace, with these keys:

| auth | client | key | value |
|---|---|---|---|
${valueRows(target).join('\n')}

## Use it

\`\`\`yaml
${manifestFor(target)}\`\`\`
${useWords(target)}
## Rights of the app

| [right](../permissions.md) | actions |
|---|---|
${rightRows(target).join('\n')}

This page is written ${written}
`
}

const placeRow = (target: Target): string => {
  const { on, type } = target
  if ('armType' in on) return `id over [HTTP](../http-api.md) | \`${exampleOf(target)}\`, ${inTags(target)}`
  return `over [HTTP](../http-api.md#passwords) | \`targetService\` of type \`${on.endpoint}\` with the endpoint \`${exampleOf(target)}\`, and \`targetType\` ${code([type])}`
}

function firewallWords(target: Target): string {
  const { firewall } = resourceIn(target) ?? {}
  if (!firewall) return 'its own: let the outbound addresses of the cluster in there, the app cannot'
  return firewall.max > 0
    ? `at most ${firewall.max} IP rules; the app adds the addresses of the cluster, and takes them back`
    : 'no IP rules: open, or closed as a whole and reached by a private endpoint'
}

function privateEndpointRow({ privateLink }: Target): string {
  const code = 'a problem that only a private endpoint solves has it as Bicep and Terraform for this target'
  return privateLink === undefined ? '' : `| private endpoint | for its part \`${privateLink}\`; ${code} |\n`
}

function howToConnect(target: Target): string {
  const { on, type } = target
  if ('armType' in on)
    return `\`\`\`sh
az tag update --operation Merge --resource-id "$CLUSTER" --tags '${tagFor(target)}'
\`\`\``
  return `A tag cannot carry a password: \`PUT\` it [over HTTP](../http-api.md), with the password in the request or kept in a Key Vault of yours.

\`\`\`json
{
  "properties": {
    "targetService": { "type": "${on.endpoint}", "endpoint": "${outside[type]?.endpoint}" },
    "targetType": "${type}",
    "authInfo": { "authType": "secret", "name": "orders", "secretInfo": { "secretType": "rawValue", "value": "<password>" } },
    "scope": "orders"
  }
}
\`\`\`

A policy allows it by the host, behind a word of its own: \`"targets": ["endpoints/${on.endpoint}/<host>"]\`. Nothing but the Secret is made.`
}

const inTags = ({ on, child }: Target): string =>
  child.kind === 'named'
    ? `in tags also the ${on.label} with the option \`child=${childNames({ on, child })}\``
    : `or the ${on.label} alone where a tag names the type`

const rotationWords = (target: Target): string =>
  ({
    'both keys': '[on request](../http-api.md#rotating-keys), both keys one after the other',
    'no keys': 'no key of it is used',
    'not possible': 'its credential cannot be regenerated',
  })[rotationOf(target)] ?? ''

function tagFor({ type, child, on, auth }: Target): string {
  const below = child.kind === 'named' ? `&child=${childNames({ on, child }).replaceAll(/[<>]/g, '')}` : ''
  return `connect-data=${type}:name?namespace=orders&auth=${auth[0]}${below}`
}

/** By type, auth and client, with placeholders. */
const values: Readonly<
  Record<
    string,
    {
      readonly secret: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
      readonly ours?: readonly string[]
    }
  >
> = documented

function valueRows({ type, auth, clients, clientsByAuth, keys }: Target): readonly string[] {
  const clientsOf = (one: Auth): readonly string[] => clientsByAuth?.[one] ?? clients
  const documentedValue = (one: Auth, client: string, key: string): string => {
    const rows = values[type]?.secret[one]
    return (rows?.[client] ?? rows?.['*'])?.[key] ?? ''
  }
  const textOf = (one: Auth, client: string): string =>
    JSON.stringify(keys(one, client).map((key) => [key, documentedValue(one, client, key)]))
  return auth.flatMap((one) =>
    [...Map.groupBy(clientsOf(one), (client) => textOf(one, client)).values()].flatMap((same) =>
      keys(one, same[0] ?? '').map((key, index) => {
        const [first, second] = index === 0 ? [code([one]), code(same)] : ['', '']
        const value = documentedValue(one, same[0] ?? '', key)
        const note = values[type]?.ours?.includes(key) ? ', beside what Azure Service Connector writes' : ''
        return `| ${first} | ${second} | \`${key}\`${note} | ${value === '' ? 'empty' : `\`${value.replaceAll('|', '\\|')}\``} |`
      }),
    ),
  )
}

const hasAccount = ({ auth }: Target): boolean => auth[0] !== undefined && authTypeNamed(auth[0]).serviceAccount

function manifestFor(target: Target): string {
  const account = hasAccount(target)
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: app, namespace: orders }
spec:
  selector: { matchLabels: { app: app } }
  template:
    metadata:
      labels: { app: app${account ? ', azure.workload.identity/use: "true"' : ''} }
    spec:
${account ? '      serviceAccountName: sc-account-0d0c5b1e-0000-4000-8000-00000000000a # the name is in the status of the connection\n' : ''}      containers:
        - name: app
          image: registry.example.com/app:1.0
          envFrom:
            - secretRef: { name: sc-data-secret }
`
}

const useWords = (target: Target): string =>
  hasAccount(target) && target.auth.length > 1
    ? '\nWith another auth type than `workload-identity` leave out the ServiceAccount and the label. [Use it in your pod](../use-it-in-your-pod.md) has more.\n'
    : '\n[Use it in your pod](../use-it-in-your-pod.md) has more.\n'

function rightRows(target: Target): readonly string[] {
  const { auth } = target
  const { rights } = resourceIn(target) ?? {}
  if (!rights) return ['| none | |']
  const tiers = [
    ['always', rights.read],
    ['`firewalls`', rights.firewall],
    ['`keys`', auth.includes('secret') ? rights.credential : []],
    ['`rotation`', auth.includes('secret') ? (rights.renewal ?? []) : []],
  ] as const
  return tiers.flatMap(([tier, actions]) => (actions.length > 0 ? [`| ${tier} | ${code(actions)} |`] : []))
}
