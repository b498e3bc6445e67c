import { expect, it } from 'vitest'
import { cognitiveAccount } from '../../src/targets/resources/cognitive-account.ts'

const { read, firewall } = cognitiveAccount
const endpoint = 'https://mind.cognitiveservices.azure.com/'
const language = 'https://mind.openai.azure.com/'
const account = (kind: string, properties: object = {}) => ({ kind, location: 'North Europe', properties: { endpoint, ...properties } })

it.each([
  ['OpenAI', account('OpenAI', { endpoint: language }), { openai: { endpoint: language } }],
  ['CognitiveServices', account('CognitiveServices'), { cognitiveservices: { endpoint } }],
  ['FormRecognizer', account('FormRecognizer'), {}],
  ['AIServices without its hosts', account('AIServices'), {}],
])('offers what its kind has: %s', (_kind, body, services) => {
  expect(read(body)).toMatchObject({ location: 'northeurope', services })
  expect(Object.keys(read(body).services)).toEqual(Object.keys(services))
})

it('offers everything as AI services, with the host of each', () => {
  const endpoints = {
    'OpenAI Language Model Instance API': language,
    'Speech Services Speech to Text (Standard)': 'https://speech.example/',
  }
  expect(read(account('AIServices', { endpoints })).services).toEqual({
    openai: { endpoint: language },
    cognitiveservices: { endpoint },
    aiservices: { endpoint, more: { openai: language, speech: 'https://speech.example/' } },
  })
})

it('is open without rules of the network, and its rules stay as they are', () => {
  const acls = { defaultAction: 'Deny', bypass: 'None', ipRules: [{ value: '203.0.113.5' }], virtualNetworkRules: [{ id: 'Subnet' }] }
  const body = { properties: { networkAcls: acls } }
  expect(firewall.network([{ properties: {} }])).toEqual({ network: 'open' })
  expect(firewall.network([{ properties: { publicNetworkAccess: 'Disabled' } }])).toEqual({ network: 'closed' })
  expect(firewall.network([body])).toEqual({ network: 'rules', allowedSubnets: ['subnet'], bypass: 'None' })
  expect(firewall.write('id', { add: [{ ip: '20.1.2.3' }], remove: [] }, [body])).toMatchObject([
    { body: { properties: { networkAcls: { ...acls, ipRules: [{ value: '203.0.113.5' }, { value: '20.1.2.3' }] } } } },
  ])
})
