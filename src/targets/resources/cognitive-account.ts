// An account of Cognitive Services: Azure OpenAI, AI services or several services at once, by its kind. Surprising: hosts stand in a map whose keys are
// words for people, tokens of Entra ID and network rules need a host of the account's own (https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains),
// and an account that takes no keys lists none (https://github.com/Azure/terraform-azurerm-avm-res-cognitiveservices-account/issues/130).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { bicepValue, place, terraformBlock } from '../../model/as-code.ts'
import type { ServiceFacts } from '../../model/facts.ts'
import type { Body, ByHand, Network } from '../firewall/firewall.ts'
import { inBody } from '../firewall/in-body.ts'
import type { Resource } from '../resource.ts'

const apiVersion = '2025-06-01'
const action = (name: string): string => `Microsoft.CognitiveServices/accounts/${name}`

const accountSchema = z.looseObject({
  kind: z.string().nullish(),
  location: z.string(),
  properties: z.looseObject({
    endpoint: z.string().nullish(),
    endpoints: z.record(z.string(), z.unknown()).nullish(),
    disableLocalAuth: z.boolean().nullish(),
    dateCreated: z.string().nullish(),
  }),
})
type Account = z.infer<typeof accountSchema>
const networkSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  networkAcls: z
    .looseObject({
      defaultAction: z.string().nullish(),
      bypass: z.string().nullish(),
      virtualNetworkRules: z.array(z.looseObject({ id: z.string() })).nullish(),
    })
    .nullish(),
})

const command = (verb: string, id: string, ip: string): string =>
  `az cognitiveservices account network-rule ${verb} ${place(id)} --ip-address ${ip}`

const rulesByHand: ByHand = {
  add: (id, { ip }) => command('add', id, ip),
  remove: (id, { ip }) => command('remove', id, ip),
  bicep(_id, { ips, subnets, bypass = 'AzureServices' }) {
    const acls = {
      defaultAction: 'Deny',
      bypass,
      ipRules: ips.map((value) => ({ value })),
      virtualNetworkRules: subnets.map((id) => ({ id })),
    }
    return `// in the properties of the account\nnetworkAcls: ${bicepValue(acls)}`
  },
  terraform(_id, { ips, subnets, bypass = 'AzureServices' }) {
    const acls = { default_action: 'Deny', bypass, ip_rules: ips, virtual_network_rules: subnets.map((id) => ({ subnet_id: id })) }
    return `# in the azurerm_cognitive_account\n${terraformBlock('network_acls', acls)}`
  },
}

const nameOf = { primary: 'key1', secondary: 'key2' } as const

export const cognitiveAccount: Resource = {
  armType: 'microsoft.cognitiveservices/accounts',
  apiVersion,
  label: 'Cognitive Services account',

  read(body) {
    const account = inShape(accountSchema, body)
    const { kind, location, properties } = account
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: properties.disableLocalAuth !== true,
      services: servicesOf(account),
      sort: kind ?? 'of no known kind',
      ...(properties.dateCreated ? { createdAt: properties.dateCreated } : {}),
    }
  },

  firewall: inBody({
    apiVersion,
    at: 'networkAcls',
    list: 'ipRules',
    field: 'value',
    // https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks
    max: 100,
    serviceEndpoint: {
      name: 'Microsoft.CognitiveServices',
      service: 'Azure AI services',
      allow: 'cognitiveservices account network-rule add --name',
    },
    network: networkOf,
    byHand: rulesByHand,
  }),

  credentials: {
    '*': {
      action: 'listKeys',
      query: (slot) => nameOf[slot],
      pick: (answer, slot) => inShape(z.looseObject({ [nameOf[slot]]: z.string().min(1) }), answer)[nameOf[slot]] ?? '',
    },
  },
  renewal: { action: 'regenerateKey', body: (slot) => ({ keyName: slot === 'primary' ? 'Key1' : 'Key2' }) },

  notes: [
    'tokens need a [custom subdomain](https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains): with an endpoint of the region only keys work',
    'an id does not tell the type: the kind of the account does, or `properties.targetType` over HTTP',
  ],
  rights: {
    read: [action('read')],
    firewall: [action('write')],
    credential: [action('listKeys/action')],
    renewal: [action('regenerateKey/action')],
  },
  events: [action('write'), action('delete'), action('regenerateKey/action')],
}

/** An account of kind AIServices offers what the two other kinds do. */
function servicesOf({ kind, properties }: Account): Readonly<Record<string, ServiceFacts>> {
  const { endpoint, endpoints } = properties
  if (!endpoint) return {}
  const at = (name: string): string | undefined => {
    const value = endpoints?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const language = at('OpenAI Language Model Instance API')
  const openai = { openai: { endpoint: language ?? endpoint } }
  const cognitiveservices = { cognitiveservices: { endpoint } }
  if (kind === 'OpenAI') return openai
  if (kind === 'CognitiveServices') return cognitiveservices
  if (kind !== 'AIServices' || language === undefined) return {}
  const speech = at('Speech Services Speech to Text (Standard)') ?? endpoint
  return { aiservices: { endpoint, more: { openai: language, speech } }, ...openai, ...cognitiveservices }
}

function networkOf(properties: Body): Network {
  const { publicNetworkAccess, networkAcls } = inShape(networkSchema, properties)
  const subnets = (networkAcls?.virtualNetworkRules ?? []).map(({ id }) => id.toLowerCase())
  return {
    network: publicNetworkAccess === 'Disabled' ? 'closed' : networkAcls?.defaultAction === 'Deny' ? 'rules' : 'open',
    ...(subnets.length > 0 ? { allowedSubnets: [...new Set(subnets)].sort() } : {}),
    ...(networkAcls?.bypass && networkAcls.bypass !== 'AzureServices' ? { bypass: networkAcls.bypass } : {}),
  }
}
