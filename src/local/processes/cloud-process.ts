// The simulated cloud as a process of its own, with App Service's front: what outlives the Functions host when that is killed.

import { writeFileSync } from 'node:fs'
import { realClock } from '../clock.ts'
import { startCloud } from '../cloud/cloud.ts'
import type { CloudCall } from '../cloud/dispatcher.ts'
import { principals } from '../cloud/entra/directory.ts'
import type { FaultRule } from '../cloud/faults.ts'
import type { Latencies } from '../cloud/latencies.ts'
import { type AzuriteAddress, joinAzurite } from '../cloud/storage/azurite.ts'
import type { WorldState } from '../cloud/world.ts'
import type { Fleet } from '../fleets/fleet.ts'
import { type Front, startFront } from '../front.ts'
import { serveParent } from './messages.ts'

export type CloudProcessOptions = {
  readonly fleet: Fleet
  readonly latencies: Partial<Latencies>
  readonly azurite: AzuriteAddress
  readonly caFile: string
}

async function start({ fleet, latencies, azurite, caFile }: CloudProcessOptions) {
  const cloud = await startCloud({ clock: realClock, fleet, latencies, azurite: joinAzurite(azurite), caFile })
  writeFileSync(caFile, cloud.caPem)
  let front: Front | undefined
  return {
    /** What the app's process needs in its environment. */
    environment: () => cloud.environment('functions'),
    /** The host is up: the front and the event subscription find it there, also when it comes back at the same address. Answers the front. */
    async attach(host: string): Promise<string> {
      front ??= await startFront({ target: host, entra: cloud.entra, clock: realClock, audience: fleet.app.audience })
      await cloud.subscribeEvents({ url: `${host}/runtime/webhooks/EventGrid?functionName=azure-events`, schema: 'EventGrid' })
      return front.url
    },
    /** Of a person of the fleet, or of the app's identity by its name; for the app where no audience is given. */
    async token({ name, audience = fleet.app.audience }: { readonly name: string; readonly audience?: string }): Promise<string> {
      const principal = [...principals(cloud.world).values()].find((row) => row.name === name)
      if (!principal) throw new Error(`The fleet has no person named '${name}'`)
      return await cloud.entra.token(principal, audience)
    },
    fault: (rule: FaultRule): void => void cloud.faults.add(rule),
    calls: (): readonly CloudCall[] => cloud.calls,
    app: () => cloud.app,
    state: (): WorldState => cloud.snapshot(),
  }
}

export type CloudProcess = Awaited<ReturnType<typeof start>>

serveParent(start)
