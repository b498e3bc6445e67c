import { afterEach, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { createRunCommand } from '../../src/azure/run-command.ts'
import type { Latencies } from '../../src/local/cloud/latencies.ts'
import { connectorRoles, type FleetInput } from '../../src/local/fleets/fleet.ts'
import { loop } from '../../src/model/loop.ts'
import { secret } from '../../src/model/secret.ts'
import { clusterPath } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

let world: AzureWorld | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

const cluster = loop('cluster', clusterPath('c1'))

/** Runs a command in a cluster of these properties, as the app. */
async function run(
  properties: Record<string, unknown>,
  latencies: Partial<Latencies> = {},
  { roles, ...more }: Partial<NonNullable<FleetInput['clusters']>[number]> & { roles?: [] } = {},
  command = 'sh it.sh',
) {
  const c1 = { name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], properties, ...more }
  const app = {
    name: 'connector',
    group: 'connector',
    region: 'westeurope',
    keyVault: 'connectorkeys',
    roles: roles ?? connectorRoles('connectorstate'),
  }
  const here = await azureWorld({ clusters: [c1], app }, { latencies: { command: 0, ...latencies } })
  world = here
  const azure = here.connection()
  const token = (audience: string) => here.cloud.entra.token({ oid: here.cloud.app.principalId }, audience)
  const credential = {
    getToken: async (scopes: string | string[]) => {
      const audience = String(scopes).replace('/.default', '')
      return { token: await token(audience), expiresOnTimestamp: here.clock.now() + 3_600_000 }
    },
  }
  const options = { ...azure, credential }
  const runCommand = createRunCommand(options, createArm(options), (ms) => here.clock.pass(ms))
  const script = 'kubectl get --raw /api/v1/namespaces/orders\nkubectl get --raw /api/v1/namespaces/none\necho "left $?"\n'
  return { here, printed: runCommand(cluster, { command, files: new Map([['it.sh', secret(script)]]) }) }
}

it('answers what the command printed, both outputs, as soon as the pod has ended', async () => {
  for (const command of [0, 20_000]) {
    const { here, printed } = await run({ apiServerAccessProfile: { enablePrivateCluster: true } }, { command })
    expect(await printed).toMatch(/^\{.*"orders".*\}Error from server \(NotFound\): namespaces "none" not found\nleft 1\n$/)
    const sent = here.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/runCommand'))
    expect(sent).toHaveLength(1)
    await here.close()
    world = undefined
  }
})

it.each([
  ['in a cluster without Entra integration, where it would be administrator', { aadProfile: null }, {}, {}, 'manual', 'CommandRunsAsAdmin'],
  ['where the feature is off', { apiServerAccessProfile: { disableRunCommand: true } }, {}, {}, 'manual', 'RunCommandDisabled'],
  ['whose pod does not start within a minute', {}, { command: 90_000 }, {}, 'transient', 'CommandNotStarted'],
  ['in a cluster that is stopped', {}, {}, { stopped: true }, 'manual', 'ClusterStopped'],
  ['without the right to run any', {}, {}, { roles: [] as [] }, 'permission', 'RightMissing'],
] as const)('does not run a command %s', async (_, properties, latencies, more, kind, code) => {
  const { here, printed } = await run(properties, latencies, more)
  expect(await failure(printed)).toMatchObject({ class: kind, code })
  const sent = here.calls.filter(({ path }) => path.endsWith('/runCommand'))
  expect(sent).toHaveLength(code === 'CommandRunsAsAdmin' || code === 'RunCommandDisabled' || code === 'RightMissing' ? 0 : 1)
})
