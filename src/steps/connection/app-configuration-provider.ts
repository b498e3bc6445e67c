// What is in the AzureAppConfigurationProvider of a connection: the store, who signs in, and the ConfigMap that the provider makes of it. Which of the
// store's keys it takes, and when it looks again, are settings that people add to the object: https://learn.microsoft.com/azure/azure-app-configuration/reference-kubernetes-provider
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { serviceIn } from '../../model/facts.ts'
import type { KubernetesSpec } from '../../model/kubernetes-kind.ts'
import { configMapName, secretName, serviceAccountName } from '../../model/names.ts'
import type { View } from '../../model/view.ts'

/** Readiness has checked these facts before. */
export function appConfigurationProviderOf(self: Connection, view: View<'connection'>): KubernetesSpec {
  const service = serviceIn(view.of(self.target), self.type)
  const clientId = self.identity && view.of(self.identity).clientId
  const { brings } = authTypeOf(self)
  if (!service || !brings || (self.identity && clientId === undefined))
    throw new TypeError('An AzureAppConfigurationProvider needs its store and its identity to be read first')
  const content = { endpoint: service.endpoint, serviceAccount: serviceAccountName(clientId ?? ''), secret: secretName(self.name) }
  return { ...brings(content), target: { configMapName: configMapName(self.name) } }
}
