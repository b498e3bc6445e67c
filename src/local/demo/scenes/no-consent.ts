// Step, the first negative: the right to tag a cluster is not enough. Without a policy nothing happens at all.

import { changes, connectorCalls } from '../calls.ts'
import { linkerOf } from '../linkers.ts'
import { invoices, tagsPath } from '../places.ts'
import { newEvents } from '../progress.ts'
import { type DemoSetup, must, until } from '../setup.ts'

export const invoicesTag = { [`connect-${invoices.name}`]: `storage-blob:${invoices.account}?namespace=${invoices.namespace}` }

export async function noConsent(setup: DemoSetup): Promise<void> {
  const { demoConsole, ada, fleet, local } = setup
  demoConsole.heading('A tag without consent: nothing happens')
  const [[name, value] = []] = Object.entries(invoicesTag)
  demoConsole.say(`Ada puts a tag on the cluster ${invoices.cluster}:`)
  demoConsole.output(`${name} = ${value}`)
  const delivered = (): number => local.host.counters.invocations['azure-events'] ?? 0
  const before = delivered()
  const { status, body } = await ada.arm('PATCH', tagsPath(fleet, invoices), { operation: 'Merge', properties: { tags: invoicesTag } })
  must(status === 200, `ARM answered ${status} to the tag: ${JSON.stringify(body)}`)
  demoConsole.seen('Azure Resource Manager has stored the tag')
  await until('The delivery of the event', 20, async () => (delivered() > before ? true : undefined))
  demoConsole.seen('Event Grid has delivered the event to the connector')
  await until('The refusal', 30, async () => {
    const linker = await linkerOf(setup, invoices)
    for (const { owner, text, kind } of linker ? newEvents(setup, invoices, linker) : [])
      demoConsole.seen(`${owner.padEnd(13)} ${text}`, kind)
    return linker?.properties.problems.find(({ code }) => code === 'NotAllowed')
  })
  const calls = connectorCalls(setup)
  const changing = changes(calls)
  must(
    changing.length === 0,
    `the connector changed something without consent: ${changing.map(({ method, path }) => `${method} ${path}`).join(', ')}`,
  )
  demoConsole.say(
    `The connector has read (${calls.length} requests) and changed nothing: no identity, no role, no firewall rule, no object.`,
  )
}
