// A random world: objects of all origins in two clusters, their users, and what happens meanwhile. Plain data, made by fast-check; play.ts makes it true,
// oracle.ts says what may go.
import fc from 'fast-check'
import { type ClusterName, clusterNames } from './sandbox.ts'
import { accountUses, notUses, secretUses, type Use } from './uses.ts'

export const origins = [
  'live',
  'gone',
  'copied',
  'labelled by hand',
  'of another installation',
  'look-alike',
  'of Azure, live',
  'of Azure, gone',
  'of Azure, by kubectl',
  'of Azure, handed over',
  'in sc-system',
] as const
export type Origin = (typeof origins)[number]

export type Thing = {
  readonly origin: Origin
  readonly kind: 'Secret' | 'ServiceAccount'
  readonly cluster: ClusterName
  readonly namespace: 'shop' | 'pay'
  readonly uses: readonly Use[]
  readonly isOptedOut: boolean
  /** A person wrote the sweep's annotation on it, with a time long ago. */
  readonly hasForgedMark: boolean
}

/** Before a run, or in the middle of one, before its n-th request. */
export type Happening = {
  readonly run: number
  readonly request?: number
  readonly thing: number
  readonly what: 'comes back' | 'goes' | 'is made again' | 'is edited' | 'is used' | 'is free' | 'lists are forbidden' | 'lists are allowed'
}

export type World = {
  readonly mode: 'report' | 'own' | 'all'
  readonly extension: Readonly<Record<ClusterName, boolean>>
  /** Clusters that only commands reach. */
  readonly isPrivate: Readonly<Record<ClusterName, boolean>>
  readonly things: readonly Thing[]
  readonly happenings: readonly Happening[]
  readonly forbidden: string
}

/** Every list without which the evidence is not complete. */
const required = [
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
  'ingresses',
  'triggerauthentications',
  'components',
] as const

export const eventfulRuns = 5

const thing: fc.Arbitrary<Thing> = fc
  .record({
    origin: fc.constantFrom(...origins),
    kind: fc.constantFrom('Secret', 'ServiceAccount'),
    cluster: fc.constantFrom(...clusterNames),
    namespace: fc.constantFrom('shop', 'pay'),
    isUsed: fc.integer({ min: 0, max: 3 }),
    use: fc.nat(),
    isOptedOut: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    hasForgedMark: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  })
  .map(({ isUsed, use, ...of }) => {
    const some = of.kind === 'Secret' ? secretUses : accountUses
    const pick = (from: readonly Use[]): readonly Use[] => from.slice(use % from.length, (use % from.length) + 1)
    return { ...of, uses: isUsed === 0 ? pick(some) : isUsed === 1 ? pick(notUses) : [] }
  })

export const worlds: fc.Arbitrary<World> = fc.record({
  mode: fc.constantFrom('report', 'own', 'own', 'all', 'all'),
  extension: fc.record({ one: fc.boolean(), two: fc.boolean() }),
  isPrivate: fc.record({ one: fc.constant(false), two: fc.boolean() }),
  things: fc.array(thing, { minLength: 1, maxLength: 7 }),
  happenings: fc.array(
    fc.record(
      {
        run: fc.integer({ min: 1, max: eventfulRuns }),
        request: fc.integer({ min: 1, max: 25 }),
        thing: fc.nat({ max: 6 }),
        what: fc.constantFrom(
          'comes back',
          'goes',
          'is made again',
          'is edited',
          'is used',
          'is free',
          'lists are forbidden',
          'lists are allowed',
        ),
      },
      { requiredKeys: ['run', 'thing', 'what'] },
    ),
    { maxLength: 4 },
  ),
  forbidden: fc.constantFrom(...required),
})
