// The connect and the disconnect that faults are measured against, and what they have to end in: the footprint outside and the ledger, with
// ids that differ from run to run left out.

import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { allowAll } from '../model/allow-all.ts'
import { atWork } from '../scenarios/at-work.ts'
import { tableRows } from '../scenarios/raw.ts'
import { type Story, startStory } from '../scenarios/story.ts'

export const auths = ['secret', 'userAssignedIdentity'] as const
export type Auth = (typeof auths)[number]
export type End = { readonly outside: readonly string[]; readonly ledger: readonly string[] }

/** Shorter than Azure's own, so that a run has fewer reads; the order stays. */
const latencies = { clusterUpdate: 40_000, roleAssignment: 20_000, directoryReplication: 5_000, federatedCredential: 5_000 }
const hour = 3_600_000

/** `impatient`: a time-out lasts two real seconds in the simulated cloud, and the app must give up before. */
export const beginStory = (azurite: AzuriteHandle, impatient = false): Promise<Story> =>
  startStory(azurite, {
    latencies,
    ...(impatient ? { settings: { CONNECTOR_REQUEST_TIMEOUT_SECONDS: '1.5' } } : {}),
    fleet: {
      clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }],
    },
  })

export async function connect(story: Story, auth: Auth, meanwhile?: () => Promise<void>): Promise<void> {
  await accepted(async () => story.call('ada', 'PUT', '/policies/all', { allow: allowAll }), story)
  await story.clock.pass(1_000)
  await accepted(() => story.putLinker('photos', { authInfo: { authType: auth } }), story)
  await meanwhile?.()
  await story.reaches('photos', 'Succeeded', 3 * hour)
}

export async function disconnect(story: Story, meanwhile?: () => Promise<void>): Promise<void> {
  await accepted(() => story.removeLinker('photos'), story)
  await meanwhile?.()
  await story.vanishes('photos', 3 * hour)
  // the loops that it left run once more
  await story.until('nothing to be left', async () => (await ledger(story)).length === 0, 3 * hour)
}

/** A caller tries again where the app could not take it, as every SDK does. */
async function accepted(ask: () => Promise<{ readonly status: number; readonly body: unknown }>, story: Story): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { status, body } = await ask()
    if (status < 400 || (status === 404 && tries > 0)) return
    if (status < 500 || tries === 5) throw new Error(`It was refused: ${status} ${JSON.stringify(body)}`)
    await story.clock.pass(5_000)
  }
}

/** A shared loop may still have to see what it did when the connection is good already, and the namespace to be told of it. */
export async function endOf(story: Story): Promise<End> {
  await story.until('nothing to be under way', async () => (await ledger(story)).every((line) => !line.endsWith(' intended')), hour)
  await story.until('the app to be at rest', async () => atWork(await tableRows(story), story.clock.now()).length === 0, hour)
  return { outside: masked(story.changes()), ledger: await ledger(story) }
}

/** Each held thing and how it is held. */
async function ledger(story: Story): Promise<readonly string[]> {
  const rows = (await tableRows(story)).filter(({ RowKey }) => String(RowKey).startsWith('ledger:'))
  return masked(
    rows.map(
      ({ step, ownership, object }) =>
        `${String(step)} ${(JSON.parse(String(object)) as { summary: string }).summary} ${String(ownership)}`,
    ),
  )
}

const masked = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '*').replace(/\d+\.\d+\.\d+\.\d+/g, '<ip>')).sort()
