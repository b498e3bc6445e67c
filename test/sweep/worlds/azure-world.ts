// A random Azure: identities, what they were granted, and firewall rules, of all origins. Plain data, made by fast-check; azure-play.ts makes it true.
import fc from 'fast-check'

const rarely = fc.integer({ min: 0, max: 4 }).map((n) => n === 0)

/** `by hand`: with another name than the app gives. `of others`: with the app's name, for a principal that is not this identity's. */
const grant = fc.record({
  kind: fc.constantFrom('role', 'cosmos', 'redis', 'user'),
  /** The store knows what it is on. */
  isOnKnown: fc.boolean(),
  name: fc.constantFrom('own', 'own', 'own', 'by hand', 'of others'),
  /** What its loop says of it, if there is one. */
  wantedBy: fc.constantFrom('nothing', 'ledger', 'member'),
})
export type GrantThing = typeof grant extends fc.Arbitrary<infer T> ? T : never

const identity = fc.record({
  isLive: fc.boolean(),
  isMarkedByHand: rarely,
  hasOtherCredential: rarely,
  isAccountLeft: rarely,
  isOptedOut: rarely,
  /** A second federated credential, of a live one: whom it lets in, or who knows it. */
  stray: fc.constantFrom('none', 'nobody', 'nobody', 'an account', 'another issuer', 'by hand', 'tracked', 'wanted'),
  namespace: fc.constantFrom('orders', 'team-a', 'a'),
  workload: fc.constantFrom('default', 'web-front'),
  grants: fc.array(grant, { maxLength: 3 }),
})

/** `by`: whether the app made it, and whether its memory still has that. `from`: who comes from its address. */
const rule = fc.record({
  on: fc.constantFrom('account', 'server'),
  isOnKnown: fc.boolean(),
  by: fc.constantFrom('app', 'app, forgotten', 'others'),
  isTracked: rarely,
  from: fc.constantFrom('nobody', 'a member', 'another cluster'),
})

/** Before a run. `refuses`: Azure does not answer what is on targets, in that run and the next. */
const happening = fc.record({
  run: fc.integer({ min: 1, max: 4 }),
  what: fc.constantFrom('comes back', 'refuses'),
  thing: fc.nat({ max: 3 }),
})

export const azureWorlds = fc.record({
  identities: fc.array(identity, { minLength: 1, maxLength: 4 }),
  rules: fc.array(rule, { maxLength: 4 }),
  happenings: fc.array(happening, { maxLength: 2 }),
  isOn: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
  // `unknown`: it is there, and the store does not know it any more. `half gone`: Azure Resource Manager and Resource Graph contradict each other.
  cluster: fc.constantFrom('seen', 'seen', 'unseen', 'unknown', 'gone', 'half gone', 'refused'),
  isGraphBehind: fc.boolean(),
})
export type AzureWorld = typeof azureWorlds extends fc.Arbitrary<infer T> ? T : never
