// The values work: the packages that apps use read them as they stand in the Secret. Nothing is sent. Spring's and Kafka's values are compared as text
// only, with the rest of the table (secrets.test.ts).
import { AppConfigurationClient } from '@azure/app-configuration'
import type { TokenCredential } from '@azure/core-auth'
import { EventHubProducerClient, parseEventHubConnectionString } from '@azure/event-hubs'
import { parseServiceBusConnectionString, ServiceBusClient } from '@azure/service-bus'
import { WebPubSubServiceClient } from '@azure/web-pubsub'
import { AzureOpenAI } from 'openai'
import { describe, expect, it } from 'vitest'
import type { Auth } from '../../src/model/auth.ts'
import { environment } from './environment.ts'

/** Stands for the pod's token: nothing is asked for. */
const token: TokenCredential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) }

describe('the packages of Azure understand', () => {
  it('the connection string and the endpoint of App Configuration', async () => {
    const sent: string[] = []
    const options = {
      retryOptions: { maxRetries: 0 },
      httpClient: {
        async sendRequest({
          url,
          headers,
        }: {
          readonly url: string
          readonly headers: { get(name: string): string | undefined }
        }): Promise<never> {
          sent.push(`${new URL(url).host} ${headers.get('authorization')}`)
          throw new Error('nothing is sent')
        },
      },
    }
    const clients = [
      new AppConfigurationClient(environment('appconfig', 'secret')('AZURE_APPCONFIGURATION_CONNECTIONSTRING'), options),
      new AppConfigurationClient(environment('appconfig', 'workload-identity')('AZURE_APPCONFIGURATION_ENDPOINT'), token, options),
    ]
    for (const client of clients) await expect(client.getConfigurationSetting({ key: 'color' })).rejects.toThrow('nothing is sent')
    expect(sent).toEqual([
      expect.stringMatching(/^settings\.azconfig\.io HMAC-SHA256 Credential=4dqA&/),
      'settings.azconfig.io Bearer token',
    ])
  })

  it('the connection string and the namespace of Service Bus', () => {
    const text = environment('servicebus', 'secret')('AZURE_SERVICEBUS_CONNECTIONSTRING')
    expect(parseServiceBusConnectionString(text)).toMatchObject({
      fullyQualifiedNamespace: 'messages.servicebus.windows.net',
      sharedAccessKeyName: 'RootManageSharedAccessKey',
      sharedAccessKey: 'a2V5',
    })
    const host = environment('servicebus', 'workload-identity')('AZURE_SERVICEBUS_FULLYQUALIFIEDNAMESPACE')
    for (const client of [new ServiceBusClient(text), new ServiceBusClient(host, token)])
      expect(client.fullyQualifiedNamespace).toBe('messages.servicebus.windows.net')
  })

  it('the connection string and the namespace of Event Hubs', () => {
    const text = environment('eventhub', 'secret')('AZURE_EVENTHUB_CONNECTIONSTRING')
    expect(parseEventHubConnectionString(text)).toMatchObject({
      fullyQualifiedNamespace: 'messages.servicebus.windows.net',
      sharedAccessKeyName: 'RootManageSharedAccessKey',
      sharedAccessKey: 'a2V5',
    })
    const host = environment('eventhub', 'workload-identity')('AZURE_EVENTHUB_FULLYQUALIFIEDNAMESPACE')
    for (const client of [new EventHubProducerClient(text, 'orders'), new EventHubProducerClient(host, 'orders', token)])
      expect([client.fullyQualifiedNamespace, client.eventHubName]).toEqual(['messages.servicebus.windows.net', 'orders'])
  })

  it('the connection string and the host of Web PubSub, whose tokens the key signs', async () => {
    const byKey = new WebPubSubServiceClient(environment('webpubsub', 'secret')('AZURE_WEBPUBSUB_CONNECTIONSTRING'), 'news')
    const host = environment('webpubsub', 'workload-identity')('AZURE_WEBPUBSUB_HOST')
    const byToken = new WebPubSubServiceClient(`https://${host}`, token, 'news')
    for (const client of [byKey, byToken]) expect(new URL(client.endpoint).host).toBe('chat.webpubsub.azure.com')
    const { baseUrl, token: signed } = await byKey.getClientAccessToken()
    expect([baseUrl, signed.split('.')]).toEqual([
      'wss://chat.webpubsub.azure.com/client/hubs/news',
      expect.objectContaining({ length: 3 }),
    ])
  })

  // The SDK of SignalR is one of .NET: https://learn.microsoft.com/azure/azure-signalr/concept-connection-string says what it reads.
  it('no part of a connection string of SignalR twice, and each with a value', () => {
    const parts = (auth: Auth): readonly string[] =>
      environment(
        'signalr',
        auth,
        'dotnet',
      )('AZURE_SIGNALR_CONNECTIONSTRING')
        .split(';')
        .filter((part) => part !== '')
    const names = (auth: Auth): readonly string[] => parts(auth).map((part) => part.slice(0, part.indexOf('=')))
    expect(names('secret')).toEqual(['Endpoint', 'AccessKey', 'Version'])
    expect(names('workload-identity')).toEqual(['Endpoint', 'AuthType', 'ClientId', 'Version'])
    expect(names('service-principal')).toEqual(['Endpoint', 'AuthType', 'ClientId', 'ClientSecret', 'TenantId', 'Version'])
    for (const auth of ['secret', 'workload-identity', 'service-principal'] as const)
      for (const part of parts(auth)) expect(part).toMatch(/^\w+=\S+$/)
  })

  it.each([
    ['openai', 'AZURE_OPENAI_BASE', 'AZURE_OPENAI_KEY'],
    ['aiservices', 'AZURE_AISERVICES_OPENAI_BASE', 'AZURE_AISERVICES_KEY'],
  ] as const)('base and key of OpenAI: %s', (type, base, key) => {
    const byKey = new AzureOpenAI({
      endpoint: environment(type, 'secret')(base),
      apiKey: environment(type, 'secret')(key),
      apiVersion: '2024-10-21',
    })
    const byToken = new AzureOpenAI({
      endpoint: environment(type, 'workload-identity')(base),
      azureADTokenProvider: async () => 'token',
      apiVersion: '2024-10-21',
    })
    // A base ends with a slash, and the package adds one: the host is what counts.
    for (const { baseURL } of [byKey, byToken]) expect(new URL(baseURL).host).toBe('mind.openai.azure.com')
    expect(byKey.apiKey).toBe('a2V5')
  })
})
