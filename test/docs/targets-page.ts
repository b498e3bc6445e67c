// docs/targets.md, written from the catalogue.

import type { Auth } from '../../src/model/auth.ts'
import { namedGrant } from '../../src/model/grant.ts'
import { childNames, exampleOf } from '../../src/model/target-place.ts'
import { targets } from '../../src/targets/catalogue.ts'
import type { Target } from '../../src/targets/target-type.ts'
import tried from '../targets/results.json' with { type: 'json' }

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ')

const head = `# Targets

What a cluster's namespace can be connected to. Keys and values of the Secrets are those of
[Azure Service Connector](https://learn.microsoft.com/azure/service-connector/overview), so that manifests written for it keep working.

This page is written from \`src/targets/\` by \`npx vitest run test/docs -u\`; a test fails where it is stale.
`

export const targetsPage = (): string => [head, ...targets.map(section), triedSection()].join('\n')

const inTags = (on: Target['on'], child: Target['child']): string =>
  child.kind === 'named'
    ? `in tags also the ${on.label} with the option \`child=${childNames({ on, child })}\``
    : `or the ${on.label} alone where a tag names the type`

/** What the story of all targets saw: test/scenarios/targets.test.ts. */
function triedSection(): string {
  const rows = tried.map(
    ({ type, auth, keys, roles, firewall, rotation, removed }) =>
      `| ${code([type])} | ${code([auth])} | ${keys} | ${roles} | ${firewall} | ${rotation} | ${removed} |`,
  )
  return `## What was tried

One story connects each type with each auth type in the simulated Azure, makes every key again, and deletes the connections. This is what it saw.

| type | auth | keys in the Secret | roles assigned | firewall | new key | removed |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

const notesOf = (...all: readonly (readonly string[] | undefined)[]): string =>
  all.map((notes) => (notes ?? []).map((note) => `\n| note | ${note} |`).join('')).join('')

function section({ type, displayName, aliases, auth, clients, clientsByAuth, grants, on, child, keys, notes }: Target): string {
  const clientsOf = (one: Auth): readonly string[] => clientsByAuth?.[one] ?? clients
  const distinct = (one: Auth): readonly string[] => [...new Set(clientsOf(one).map((client) => keys(one, client).join()))]
  const rows = auth.flatMap((one) =>
    distinct(one).map((row) => {
      const same = clientsOf(one).filter((client) => keys(one, client).join() === row)
      return `| ${code([one])} | ${code(same)} | ${code(row.split(','))} |`
    }),
  )
  const [usual, others] = [grants.default, grants.allowed].map((list) => list.map(namedGrant).join(', ') || 'none')
  return `## ${displayName}

| | |
|---|---|
| type | ${code([type])}, in tags also ${code(aliases)} |
| id over HTTP | \`${exampleOf({ on, child })}\`, ${inTags(on, child)} |
| roles by default | ${usual} |
| other roles by name | ${others} |
| firewall | ${on.firewall.max > 0 ? `at most ${on.firewall.max} IP rules` : 'has no rules: open, or closed as a whole and reached by a private endpoint'} |${notesOf(on.notes, notes)}

| auth | client | keys of the Secret |
|---|---|---|
${rows.join('\n')}
`
}
