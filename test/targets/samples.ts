// One resource of each ARM type as Azure answers it, as far as the values of connections are made of it, and what stands for the placeholders of
// service-connector.json there. A new resource adds a row.
import { resources } from '../../src/targets/catalogue.ts'
import type { Body } from '../../src/targets/firewall/firewall.ts'
import type { Resource } from '../../src/targets/resource.ts'

export type Sample = {
  readonly name: string
  readonly body: Body
  /** Answer to the request for the credential. */
  readonly keys: unknown
  /** Placeholders of the documented values, beside those of every resource. */
  readonly words: Readonly<Record<string, string>>
}

/** By ARM type. The key of each is `a2V5`, so that a test can look for it. */
export const samples: Readonly<Record<string, Sample>> = {
  'microsoft.storage/storageaccounts': {
    name: 'stdata',
    body: {
      kind: 'StorageV2',
      properties: {
        primaryEndpoints: Object.fromEntries(
          ['blob', 'queue', 'table', 'file'].map((service) => [service, `https://stdata.${service}.core.windows.net/`]),
        ),
      },
    },
    keys: { keys: [{ keyName: 'key1', value: 'a2V5' }] },
    words: { account: 'stdata', account_key: 'a2V5' },
  },
  'microsoft.appconfiguration/configurationstores': {
    name: 'settings',
    body: { sku: { name: 'standard' }, properties: { endpoint: 'https://settings.azconfig.io', disableLocalAuth: false } },
    keys: {
      value: [
        { name: 'Secondary', connectionString: 'Endpoint=https://settings.azconfig.io;Id=other;Secret=other' },
        { name: 'Primary', connectionString: 'Endpoint=https://settings.azconfig.io;Id=4dqA;Secret=a2V5' },
      ],
    },
    words: { config_store: 'settings', id: '4dqA', secret: 'a2V5' },
  },
}

export function sampleOf({ armType }: Pick<Resource, 'armType'>): Sample {
  const sample = samples[armType]
  if (!sample) throw new Error(`samples.ts has no ${armType}; the catalogue has ${resources.map((one) => one.armType).join(', ')}`)
  return sample
}

/** `host`: in place of the domain of the public cloud. */
export function bodyOf(sample: Sample, host?: string): Body {
  const body = { id: sample.name, name: sample.name, location: 'westeurope', ...sample.body }
  return host === undefined ? body : (JSON.parse(elsewhere(JSON.stringify(body), host)) as Body)
}

export const keysOf = (sample: Sample, host?: string): unknown =>
  host === undefined ? sample.keys : JSON.parse(elsewhere(JSON.stringify(sample.keys), host))

/** Everything behind the name of the resource. */
const elsewhere = (text: string, host: string): string =>
  text.replaceAll(
    /\b(core\.windows\.net|azconfig\.io|servicebus\.windows\.net|service\.signalr\.net|webpubsub\.azure\.com|azure\.com)\b/g,
    host,
  )
