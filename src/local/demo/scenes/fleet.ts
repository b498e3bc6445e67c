// Scene: what is there before anything happens.

import type { DemoSetup } from '../setup.ts'

const networks = {
  open: 'open to all networks',
  rules: 'lets in only addresses on its list',
  closed: 'closed',
  perimeter: 'secured by a network security perimeter',
} as const

export async function fleet({ demoConsole, fleet: { clusters, storageAccounts } }: DemoSetup): Promise<void> {
  demoConsole.heading('A fleet')
  for (const { name, region, namespaces, oidcIssuer } of clusters)
    demoConsole.say(
      `cluster  ${name.padEnd(14)} ${region.padEnd(19)} namespaces ${namespaces.join(', ')}${oidcIssuer ? '' : '; no OIDC issuer yet'}`,
    )
  for (const { name, region, network, containers } of storageAccounts)
    if (containers.length > 0)
      demoConsole.say(
        `storage  ${name.padEnd(14)} ${region.padEnd(19)} ${networks[network]}; ${containers.length} ${containers.length === 1 ? 'container' : 'containers'}`,
      )
  demoConsole.say('connector, with a managed identity, a role of its own and no permanent access to any data.')
  demoConsole.say(
    'All of Azure is simulated on this machine, with shortened times: a cluster update takes 10 seconds instead of 4 minutes.',
  )
}
