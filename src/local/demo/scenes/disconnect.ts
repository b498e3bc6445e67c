// Scene: the connections go as they came, two with their tags and one over HTTP, and nothing of them is left on either side.

import { connectionNames } from '../linkers.ts'
import { all, invoices, linkerPath, papers, photos, tagsPath } from '../places.ts'
import { follow } from '../progress.ts'
import { type DemoSetup, must } from '../setup.ts'
import { type Snapshot, takeSnapshot } from '../snapshot.ts'
import { papersTag } from './connect.ts'
import { invoicesTag } from './no-consent.ts'

export async function disconnect(setup: DemoSetup, before: Snapshot): Promise<void> {
  const { demoConsole, ada, ben, fleet, measured } = setup
  const during = await takeSnapshot(setup)
  demoConsole.heading('Disconnecting')
  demoConsole.say(`Ben deletes ${photos.name} over HTTP; Ada takes the tags of ${invoices.name} and ${papers.name} away.`)
  demoConsole.say('A tag may be gone for a moment only, so the connector waits a little: 3 seconds here, half an hour by default.')
  const since = demoConsole.seconds()
  const deleted = await ben.connector('DELETE', linkerPath(fleet, photos))
  must(deleted.status === 202, `DELETE answered ${deleted.status}: ${JSON.stringify(deleted.body)}`)
  for (const [connection, tags] of [
    [invoices, invoicesTag],
    [papers, papersTag],
  ] as const) {
    const { status, body } = await ada.arm('PATCH', tagsPath(fleet, connection), { operation: 'Delete', properties: { tags } })
    must(status === 200, `ARM answered ${status}: ${JSON.stringify(body)}`)
  }
  for (const [name, seconds] of await follow(setup, all, 'gone', since)) measured.set(`disconnecting ${name}`, seconds)

  demoConsole.heading('Both sides are empty')
  const after = await takeSnapshot(setup)
  for (const part of ['identities', 'credentials', 'roles', 'firewall', 'kubernetes'] as const) {
    const made = during[part].filter((line) => !before[part].includes(line))
    const left = after[part].filter((line) => !before[part].includes(line))
    const lost = before[part].filter((line) => !after[part].includes(line))
    must(left.length === 0, `nothing is left: ${left.join(', ')}`)
    must(lost.length === 0, `nothing of others was taken: ${lost.join(', ')}`)
    must(made.length > 0, `the connections had made some ${words[part]}`)
    demoConsole.seen(`${words[part].padEnd(22)} made ${made.length}, left 0`, 'good')
  }
  const names = await connectionNames(setup)
  must(names.length === 0, `the connector knows no connection any more, but ${names.join(', ')}`)
  demoConsole.say(`What stays: the OIDC issuer of ${papers.cluster}, which Azure cannot turn off again, and the data.`)
}

const words = {
  identities: 'managed identities',
  credentials: 'federated credentials',
  roles: 'role assignments',
  firewall: 'firewall rules',
  kubernetes: 'Kubernetes objects',
} as const
