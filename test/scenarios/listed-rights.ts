// The rights in Azure that the pages list, and those that calls of a story used: on resources that connections lead to, and all others.
import { expect } from 'vitest'
import actions from '../../infra/actions.json' with { type: 'json' }
import { permissionOf } from '../../src/local/cloud/arm/routing.ts'
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import { targets } from '../../src/targets/catalogue.ts'

const providerOf = (text: string): string => text.split('/')[0]?.toLowerCase() ?? ''
const ofTargets = new Set(targets.flatMap(({ on }) => ('armType' in on ? [providerOf(on.armType)] : [])))
const typeOf = (action: string): string => action.slice(0, action.lastIndexOf('/')).toLowerCase()
/** Grants that services keep themselves. */
const grantTypes = new Set(Object.keys(actions.grants.actions).map(typeOf))

/** `targets`: on the services that a connection leads to, but for the roles that these keep themselves. `others`: all else. */
export type Part = 'targets' | 'others'
const partOf = (action: string): Part => (ofTargets.has(providerOf(action)) && !grantTypes.has(typeOf(action)) ? 'targets' : 'others')

/** A query of Resource Graph needs no right of its own: it shows what the caller may read. */
const free = /^Microsoft\.ResourceGraph\//

/** Succeeds where calls of the app used each right of a part that the pages list, `elsewhere` aside, and no other one. */
export function expectRights(part: Part, calls: readonly CloudCall[], elsewhere: RegExp): void {
  const lower = (texts: readonly string[]): readonly string[] => [...new Set(texts.map((text) => text.toLowerCase()))].sort()
  const used = lower(
    calls
      .filter(({ service, status }) => service === 'arm' && status !== 403)
      .map(({ method, path }) => permissionOf(method, decodeURIComponent(path.split('?')[0] ?? '')).action)
      .filter((action) => !free.test(action)),
  )
  const listed = lower(Object.values(actions).flatMap((tier) => Object.keys(tier.actions)))
  expect(used.filter((action) => !listed.includes(action))).toEqual([])
  expect(used.filter((action) => partOf(action) === part)).toEqual(
    listed.filter((action) => partOf(action) === part && (used.includes(action) || !elsewhere.test(action))),
  )
}
