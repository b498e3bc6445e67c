// The contract of a firewall: which requests read it, what their answers say, and which requests change it. Data and pure functions; the step
// open-firewall sends the requests. One file beside this one for each shape that Azure's services have:
//
//   in-body    rules are an array in the body of the resource        Storage
//   in-child   rules are an array in the body of one child resource  Service Bus, Event Hubs
//   per-rule   each rule is a child resource with a name             SQL, PostgreSQL, MySQL, Redis
//   none       the service has no rules
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { TargetFacts } from '../../model/facts.ts'

export type Body = Readonly<Record<string, unknown>>

/** `list`: all pages of a collection; its answer stands as `{ value }`. */
export type GetRequest = { readonly id: string; readonly apiVersion: string; readonly list?: true }
/** In the order of the requests; `undefined` = the resource does not exist. The first answer is always the target's own body. */
export type Answers = readonly (Body | undefined)[]

/** `adds`, `removes`: the addresses that the request is about. */
export type ArmRequest = {
  readonly id: string
  readonly apiVersion: string
  readonly adds: readonly string[]
  readonly removes: readonly string[]
} & ({ readonly method: 'PATCH' | 'PUT'; readonly body: Body } | { readonly method: 'DELETE' })

/** `ip`: an address or a range (`20.1.2.0/28`). `name`: if rules have names. */
export type Rule = { readonly ip: string; readonly name?: string }
export type RuleChange = { readonly add: readonly Rule[]; readonly remove: readonly Rule[] }

/** Whom the network allows, apart from the IP rules. */
export type Network = Pick<TargetFacts, 'network' | 'allowedSubnets' | 'bypass' | 'perimeter' | 'injectedInto' | 'privateZone'>

/** What a firewall has after a change. Infrastructure as code replaces all of it, so it has to be declared as a whole. */
export type NetworkRules = { readonly ips: readonly string[]; readonly subnets: readonly string[]; readonly bypass?: string }

/** The same change for people: a command for each rule, and the whole as Bicep and Terraform. Empty if a language has no short form. */
export type ByHand = {
  add(id: string, rule: Rule): string
  remove(id: string, rule: Rule): string
  /** `made`: the rules that are new. */
  bicep(id: string, after: NetworkRules, made: readonly Rule[]): string
  terraform(id: string, after: NetworkRules, made: readonly Rule[]): string
}

/** The service in virtual networks: callers whose subnet has this service endpoint are seen by private addresses (steps/cluster/way-in.ts). */
export type ServiceEndpoint = {
  /** `Microsoft.Storage`. */
  readonly name: string
  /** For people: `Azure Storage`. */
  readonly service: string
  /** The Azure CLI's command that allows a subnet, up to the name of the resource: `storage account network-rule add --account-name`. */
  readonly allow: string
}

export interface Firewall {
  /** The highest number of rules that the service allows. */
  readonly max: number
  readonly serviceEndpoint?: ServiceEndpoint
  /** Callers in the target's own region are seen by private addresses, too. */
  readonly sameRegionIsPrivate?: true
  observe(id: string): readonly GetRequest[]
  rules(answers: Answers): readonly Rule[]
  network(answers: Answers): Network
  /** Whether it lets everyone in as soon as it has no rule. Absent: never. */
  opensWhenEmpty?(answers: Answers): boolean
  /** If rules have names: the one that this installation gives. It is the owner mark of the rule. `of`: the key of the loop whose own it is. */
  nameOf?(installation: string, ip: string, of?: string): string
  /** Requests that make the change and keep everything else; none if nothing differs. */
  write(id: string, change: RuleChange, answers: Answers): readonly ArmRequest[]
  /** `undefined`: there is nothing to write. */
  readonly byHand?: ByHand
}

/** `properties` of an answer. */
export const propertiesOf = (body: unknown): Body => inShape(bodySchema, body ?? {}).properties ?? {}

/** Absent is empty; of another type is no answer: taken as empty, its rules would be lost with the next write. */
export const objectAt = (body: Body, name: string): Body => inShape(z.looseObject({ [name]: objectSchema.nullish() }), body)[name] ?? {}

/** Like `objectAt`, an array of objects. */
export const objectsAt = (body: Body, name: string): readonly Body[] =>
  inShape(z.looseObject({ [name]: z.array(objectSchema).nullish() }), body)[name] ?? []

const objectSchema = z.looseObject({})
const bodySchema = z.looseObject({ properties: objectSchema.nullish() })
