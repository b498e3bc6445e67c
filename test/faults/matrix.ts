// The matrix: every call of an undisturbed connect and disconnect x everything that can go wrong with it.
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { isTable, type Template, templatesOf } from './calls.ts'
import { type Kind, kinds, tableKinds } from './kinds.ts'
import { type Auth, auths, beginStory, connect, disconnect, type End, endOf } from './undisturbed.ts'

type Phase = 'connect' | 'disconnect'
/** Plain data, but for the kind, which is found by its name: cases are handed to other processes. */
export type Case = {
  readonly name: string
  readonly auth: Auth
  readonly phase: Phase
  readonly call: Template
  /** So many calls like it pass first. */
  readonly after: number
  readonly kind: string
}
export type Matrix = { readonly cases: readonly Case[]; readonly ends: Readonly<Record<Auth, End>> }

export const kindOf = ({ call, kind }: Case): Kind => {
  const found = (call.service === 'storage' ? tableKinds : kinds).find(({ name }) => name === kind)
  if (!found) throw new Error(`There is no kind of fault named '${kind}'`)
  return found
}

/** The first call of its kind, the second (often the read after a change), and one in the middle of the many of the table. */
const places = ({ service, count }: Template): readonly number[] =>
  service === 'storage' ? [0, 0.1, 0.25, 0.4, 0.6, 0.8, 0.95].map((share) => Math.floor(share * count)) : [0, 1].filter((at) => at < count)

export async function matrixOf(azurite: AzuriteHandle): Promise<Matrix> {
  const cases: Case[] = []
  const ends: Partial<Record<Auth, End>> = {}
  for (const auth of auths) {
    const story = await beginStory(azurite)
    const { principalId } = story.cloud.app
    const calls = () => story.cloud.calls.filter((call) => call.principal === principalId && (call.service !== 'storage' || isTable(call)))
    await connect(story, auth)
    const connecting = calls()
    ends[auth] = await endOf(story)
    const read = calls().length // reading the ledger for the end asked the table as well
    await disconnect(story)
    const phases: readonly (readonly [Phase, readonly Template[]])[] = [
      ['connect', templatesOf(connecting, story.cloud.world)],
      ['disconnect', templatesOf(calls().slice(read), story.cloud.world)],
    ]
    const issues = [...(await story.close()), ...story.changes()]
    if (issues.length > 0) throw new Error(`The undisturbed run is none: ${issues.join('\n')}`)
    for (const [phase, templates] of phases)
      for (const call of templates)
        for (const { name: kind, befalls } of call.service === 'storage' ? tableKinds : kinds)
          if (befalls(call))
            for (const after of new Set(places(call))) {
              const name = `${auth}, ${phase}: ${call.method} ${shortly(call.path)} (${call.service}), from call ${after + 1}: ${kind}`
              cases.push({ name, auth, phase, call, after, kind })
            }
  }
  return { cases, ends: ends as Record<Auth, End> }
}

/** For people: without subscription and resource group. */
const shortly = (path: string): string => path.replace(/^\/subscriptions\/.*?\/providers\//i, '')
