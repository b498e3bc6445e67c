// An Application Insights component. Surprising: its properties are in PascalCase, its connection string is in its own body, and it has no key that
// could be made again. A component that accepts only tokens (`DisableLocalAuth`) refuses telemetry that brings no more than the connection string
// (https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { none } from '../firewall/none.ts'
import type { Resource } from '../resource.ts'

const action = (name: string): string => `Microsoft.Insights/components/${name}`
const apiVersion = '2020-02-02'

const componentSchema = z.looseObject({
  location: z.string(),
  kind: z.string().nullish(),
  properties: z.looseObject({
    ConnectionString: z.string().nullish(),
    DisableLocalAuth: z.boolean().nullish(),
    CreationDate: z.string().nullish(),
  }),
})
const networkSchema = z.looseObject({ publicNetworkAccessForIngestion: z.string().nullish() })
const bodySchema = z.looseObject({ properties: z.looseObject({ ConnectionString: z.string().min(1) }) })

export const component: Resource = {
  armType: 'microsoft.insights/components',
  apiVersion,
  label: 'Application Insights component',

  read(body) {
    const { location, kind, properties } = inShape(componentSchema, body)
    const [, endpoint] = /(?:^|;)IngestionEndpoint=([^;]+)/i.exec(properties.ConnectionString ?? '') ?? []
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: properties.DisableLocalAuth !== true,
      services: endpoint ? { 'app-insights': { endpoint } } : {},
      sort: kind ?? 'of no known kind',
      ...(properties.CreationDate ? { createdAt: properties.CreationDate } : {}),
    }
  },

  firewall: none({
    apiVersion,
    isClosed: (properties) => inShape(networkSchema, properties).publicNetworkAccessForIngestion === 'Disabled',
  }),

  credentials: {
    '*': { query: () => 'properties.ConnectionString', pick: (answer) => inShape(bodySchema, answer).properties.ConnectionString },
  },

  rights: { read: [action('read')], firewall: [], credential: [] },
  events: [action('write'), action('delete')],
}
