// Azure Application Insights. https://learn.microsoft.com/azure/service-connector/how-to-integrate-app-insights Surprising: the keys do not begin with
// AZURE_, and are those that the SDKs of Application Insights read by themselves.
import { component } from '../resources/app-insights.ts'
import { credential, withCredential } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

/** `InstrumentationKey=…;IngestionEndpoint=…`: https://learn.microsoft.com/azure/azure-monitor/app/connection-strings */
function instrumentationKey(connectionString: string): string {
  const [, key] = /(?:^|;)InstrumentationKey=([^;]+)/i.exec(connectionString) ?? []
  if (key === undefined) throw new TypeError('The connection string of the component has no instrumentation key')
  return key
}

export const appInsights = targetType({
  type: 'app-insights',
  displayName: 'Azure Application Insights',
  on: component,
  child: { kind: 'none' },
  aliases: ['appinsights', 'insights'],
  auth: ['secret'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go'],
  grants: { default: [], allowed: [] },

  secret: {
    secret: {
      '*': {
        APPINSIGHTS_INSTRUMENTATIONKEY: withCredential(instrumentationKey),
        APPLICATIONINSIGHTS_CONNECTION_STRING: credential,
      },
    },
  },
})
