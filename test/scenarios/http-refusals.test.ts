// What the HTTP handlers refuse, asked through the real front: every refusal says what is wrong and how to write it, and leaves nothing behind.
import { expect, it } from 'vitest'
import { ask, type Raw, tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, type Scenario, useScenarios } from './scenario.ts'
import { apiVersion } from './story.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const linkers = `${cluster}/providers/Microsoft.ServiceLinker/linkers`
const version = `api-version=${apiVersion}`
const valid = {
  targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` },
  authInfo: { authType: 'secret' },
  clientType: 'none',
  scope: 'orders',
}
const json = (properties: object): string => JSON.stringify({ properties })
const putAt = (path: string, over: Partial<Raw> = {}): Raw => ({ method: 'PUT', path, body: json(valid), ...over })
const named = (name: string, over: Partial<Raw> = {}): Raw => putAt(`${linkers}/${name}?${version}`, over)
const withProperties = (over: object): Raw => named('bad', { body: json({ ...valid, ...over }) })
const target = (id: string): Raw => withProperties({ targetService: { type: 'AzureResource', id } })
const policy = (body: unknown, name = 'bad'): Raw => ({ method: 'PUT', path: `/policies/${name}`, body: JSON.stringify(body) })
const allow = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] }

type Row = readonly [what: string, ask: Raw, status: number, code: string, text: RegExp]

/** Asks for each in turn; nothing may be stored, opened or woken by any of them. */
async function allRefused(story: Scenario, rows: readonly Row[]): Promise<void> {
  const before = await tableRows(story)
  const invocations = { ...story.host.counters.invocations }
  const observed: unknown[] = []
  for (const [what, raw] of rows) {
    const { status, body, headers } = await ask(story, raw)
    const { code, message } = (body as { error?: { code?: string; message?: string } } | undefined)?.error ?? {}
    observed.push([what, status, code, message, String(headers['content-type'])])
  }
  const json = expect.stringContaining('application/json')
  expect(observed).toEqual(rows.map(([what, , status, code, text]) => [what, status, code, expect.stringMatching(text), json]))
  await story.clock.pass(2_000)
  expect(await tableRows(story)).toEqual(before)
  expect(story.changes()).toEqual([])
  expect(Object.keys(story.host.counters.invocations).filter((name) => !Object.hasOwn(invocations, name))).toEqual(['arm'])
}

const badInput: readonly Row[] = [
  ['a name with a space', named('a%20b'), 400, 'InvalidResourceName', /'a b' is not a valid name.*Write 1 to 60 of letters/],
  ['a name of 61', named('a'.repeat(61)), 400, 'InvalidResourceName', /Write 1 to 60/],
  ['a name of dots', named('._-'), 400, 'InvalidResourceName', /at least one letter or digit/],
  ['a name that hides a slash', named('a%2Fb'), 400, 'InvalidResourceId', /hides a slash/],
  ['a name that hides it twice', named('a%252Fb'), 400, 'InvalidResourceId', /hides a slash/],
  ['a name of two dots, hidden', named('%2e%2e'), 404, 'NotFound', /This app serves/],
  ['a name with a control character', named('a%01b'), 400, 'InvalidResourceName', /'a\?b' is not a valid name/],
  ['a name that turns the text around', named('a%E2%80%AEb'), 400, 'InvalidResourceName', /'a\?b' is not a valid name/],
  ['a percent sign alone', named('a%zz'), 400, 'InvalidResourceName', /'a%zz' is not a valid name/],
  ['a filter instead of a name', named(`x'%20or%20'1'%20eq%20'1`), 400, 'InvalidResourceName', /Write/],
  [
    'a namespace in capitals',
    withProperties({ scope: 'Orders' }),
    400,
    'InvalidRequestContent',
    /properties\.scope: 'Orders'.*Write: 1 to 63 of a-z/,
  ],
  ['a namespace of 64', withProperties({ scope: 'a'.repeat(64) }), 400, 'InvalidRequestContent', /properties\.scope/],
  ['a namespace that climbs', withProperties({ scope: '../kube-system' }), 400, 'InvalidRequestContent', /properties\.scope/],
  ['a namespace that is a number', withProperties({ scope: 7 }), 400, 'InvalidRequestContent', /properties\.scope.*docs\/http-api\.md/],
  ['a system namespace', withProperties({ scope: 'kube-system' }), 403, 'SystemNamespace', /kube-system/],
  [
    'a target that is no id',
    target('orders'),
    400,
    'InvalidRequestContent',
    /'orders' is not the id.*Write: the id of one of these: Azure Blob Storage.*for example \/subscriptions\//,
  ],
  [
    'a target with a path in it',
    target(`${idOfAccount('..%2F..')}/blobServices/default`),
    400,
    'InvalidRequestContent',
    /targetService\.id/,
  ],
  [
    'a target with a quote',
    target(`${idOfAccount("o'; az group delete")}/blobServices/default`),
    400,
    'InvalidRequestContent',
    /targetService\.id/,
  ],
  ['no target', withProperties({ targetService: undefined }), 400, 'InvalidRequestContent', /properties\.targetService/],
  [
    'an unknown auth type',
    withProperties({ authInfo: { authType: 'magic' } }),
    400,
    'InvalidRequestContent',
    /authType: 'magic'.*Write: .*secret/,
  ],
  [
    'an auth type that is a list',
    withProperties({ authInfo: { authType: ['secret'] } }),
    400,
    'InvalidRequestContent',
    /authInfo\.authType/,
  ],
  [
    'an unknown client type',
    withProperties({ clientType: 'cobol' }),
    400,
    'InvalidRequestContent',
    /clientType: 'cobol'.*Write: one of none, dotnet/,
  ],
  ['an unknown property', withProperties({ colour: 'blue' }), 400, 'InvalidRequestContent', /colour/],
  [
    'a key that is no key',
    withProperties({ configurationInfo: { customizedKeys: { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'a b' } } }),
    400,
    'InvalidRequestContent',
    /customizedKeys: 'a b'/,
  ],
  [
    'an own name for a key that is not written',
    withProperties({ configurationInfo: { customizedKeys: { AZURE_STORAGEBLOB_CLIENTID: 'ID' } } }),
    400,
    'InvalidRequestContent',
    /customizedKeys: 'AZURE_STORAGEBLOB_CLIENTID' is not a key.*auth secret.*Write: own names for AZURE_STORAGEBLOB_CONNECTIONSTRING/,
  ],
  [
    'an identity that is none',
    withProperties({ authInfo: { authType: 'userAssignedIdentity', identityId: '/x' } }),
    400,
    'InvalidRequestContent',
    /identityId/,
  ],
  [
    'a client id that does not exist',
    withProperties({ authInfo: { authType: 'userAssignedIdentity', clientId: '99999999-2222-4333-8444-555555555555' } }),
    400,
    'InvalidRequestContent',
    /clientId.*identityId/,
  ],
  [
    'a prototype',
    named('bad', { body: `{"properties":${JSON.stringify(valid).slice(0, -1)},"__proto__":{"admin":true}}}` }),
    400,
    'InvalidRequestContent',
    /__proto__/,
  ],
  [
    'no JSON',
    named('bad', { body: '{"properties": hunter2' }),
    400,
    'InvalidRequestContent',
    /^(?!.*hunter2).*not JSON.*Write one JSON object/,
  ],
  ['a list', named('bad', { body: '[]' }), 400, 'InvalidRequestContent', /Write one JSON object/],
  ['bytes that are no text', named('bad', { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }), 400, 'InvalidRequestContent', /not UTF-8/],
  ['no body', named('bad', { body: '' }), 400, 'InvalidRequestContent', /The body is empty/],
  ['5 MB', named('bad', { body: `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}` }), 413, 'RequestContentTooLarge', /256 KB/],
  [
    '5 MB in chunks',
    named('bad', { body: `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`, chunk: 65_536 }),
    413,
    'RequestContentTooLarge',
    /256 KB/,
  ],
  [
    'another content type',
    named('bad', { headers: { 'content-type': 'text/plain' } }),
    415,
    'UnsupportedMediaType',
    /Content-Type: application\/json/,
  ],
  ['no api-version', putAt(`${linkers}/bad`), 400, 'MissingApiVersionParameter', /Write one of: 2022-05-01/],
  [
    'an api-version of another day',
    putAt(`${linkers}/bad?api-version=2021-01-01`),
    400,
    'InvalidApiVersionParameter',
    /'2021-01-01' is not supported/,
  ],
  [
    'a source that is no cluster',
    putAt(`${idOfAccount('orders')}/providers/Microsoft.ServiceLinker/linkers/bad?${version}`),
    400,
    'InvalidResourceId',
    /begin at an AKS cluster. Write/,
  ],
  [
    'a cluster name with a quote',
    putAt(`${idOfCluster("c1'")}/providers/Microsoft.ServiceLinker/linkers/bad?${version}`),
    400,
    'InvalidResourceId',
    /Write/,
  ],
  [
    'a subscription that is none',
    putAt(`${linkers.replace(/subscriptions\/[^/]+/, 'subscriptions/mine')}/bad?${version}`),
    400,
    'InvalidResourceId',
    /Write/,
  ],
  [
    'an operation that is none',
    { path: `/subscriptions/x/providers/Microsoft.ServiceLinker/locations/y/operationStatuses/z?${version}` },
    404,
    'OperationNotFound',
    /no operation 'z'/,
  ],
]

it('refuses bad input with what is wrong and how to write it, and stores nothing', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.call('ada', 'GET', '/connections')
  await allRefused(story, badInput)
})

const leftOut: readonly Row[] = [
  ...['sql', 'redis'].map(
    (type): Row => [
      `the target ${type}`,
      target(`/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10/resourceGroups/g/providers/Microsoft.${type}/servers/s`),
      400,
      'InvalidRequestContent',
      /is not the id of a resource that can be connected/,
    ],
  ),
  [
    'the target FabricPlatform',
    withProperties({ targetService: { type: 'FabricPlatform', endpoint: 'e' } }),
    400,
    'InvalidRequestContent',
    /'FabricPlatform' cannot be connected to a cluster/,
  ],
  [
    'a server of an unknown kind',
    withProperties({ targetService: { type: 'SelfHostedServer', endpoint: 'e' } }),
    400,
    'InvalidRequestContent',
    /Several types of target are a SelfHostedServer/,
  ],
  ...['systemAssignedIdentity', 'servicePrincipalCertificate', 'userAccount', 'accessKey', 'easyAuthMicrosoftEntraID'].map(
    (authType): Row => [
      `auth ${authType}`,
      withProperties({ authInfo: { authType } }),
      400,
      'InvalidRequestContent',
      new RegExp(`'${authType}' is not supported by this version`),
    ],
  ),
  [
    'a secret of one’s own',
    withProperties({ authInfo: { authType: 'secret', secretInfo: { secretType: 'rawValue', value: 'hunter2' } } }),
    400,
    'InvalidRequestContent',
    /^(?!.*hunter2).*authInfo\.secretInfo/,
  ],
  ['a private link', withProperties({ vNetSolution: { type: 'privateLink' } }), 400, 'InvalidRequestContent', /vNetSolution.*optOut/],
  ['a Key Vault', withProperties({ secretStore: { keyVaultId: '/x' } }), 400, 'InvalidRequestContent', /secretStore.*Key Vault/],
  [
    'firewall rules of one’s own',
    withProperties({ publicNetworkSolution: { firewallRules: { ipRanges: ['1.2.3.4'] } } }),
    400,
    'InvalidRequestContent',
    /firewallRules/,
  ],
  ['no configuration', withProperties({ configurationInfo: { action: 'optOut' } }), 400, 'InvalidRequestContent', /configinfo/],
  ['Dapr', withProperties({ configurationInfo: { daprProperties: { version: 'v1' } } }), 400, 'InvalidRequestContent', /daprProperties/],
  [
    'App Configuration',
    withProperties({ configurationInfo: { configurationStore: { appConfigurationId: '/x' } } }),
    400,
    'InvalidRequestContent',
    /configurationStore/,
  ],
  [
    'deleting what others made',
    withProperties({ configurationInfo: { deleteOrUpdateBehavior: 'ForcedCleanup' } }),
    400,
    'InvalidRequestContent',
    /What others made is never deleted/,
  ],
]

it('refuses by name what this version does not support of Azure Service Connector', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.call('ada', 'GET', '/connections')
  await allRefused(story, leftOut)
})

it('refuses a policy that it does not understand whole, and stores nothing of it', async () => {
  const story = await scenario()
  await story.putPolicy('good')
  const before = await tableRows(story)
  const rows: readonly (readonly [Raw, number, RegExp])[] = [
    [policy({ allow: { ...allow, colours: ['*'] } }), 400, /colours/],
    [policy({ allow, connects: [] }), 400, /connects/],
    [policy({ allow: { ...allow, auth: undefined } }), 400, /allow\.auth/],
    [policy({ allow: { ...allow, clusters: '*/*/*' } }), 400, /allow\.clusters/],
    [policy({ allow: { ...allow, changeClusters: 'yes' } }), 400, /allow\.changeClusters/],
    [policy({ allow: { ...allow, clusters: ['*'] } }), 400, /'\*' can match nothing.*subscription\/group\/name/],
    [policy({ allow: { ...allow, namespaces: ['a/b'] } }), 400, /'a\/b' can match nothing/],
    [policy({ allow }, 'Über'), 400, /is not a valid name of a policy/],
    [policy([]), 400, /Write one JSON object/],
  ]
  for (const [raw, status, text] of rows) {
    const answer = await ask(story, { ...raw, path: encodeURI(raw.path) })
    expect({ path: raw.path, status: answer.status, text: answer.text }).toEqual({
      path: raw.path,
      status,
      text: expect.stringMatching(text),
    })
  }
  expect(await tableRows(story)).toEqual(before)
})
