import { describe, expect, it } from 'vitest'
import { toObserve } from '../../src/contract/to-observe.ts'
import { loopKinds } from '../../src/model/loop.ts'
import { stepNames } from '../../src/model/step-name.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { program, stepNamed, stepsOf } from '../../src/steps/program.ts'
import { connection, loopOf, viewOf } from './builders.ts'

describe('program', () => {
  it.each(loopKinds)('has the steps of the loop %s under the names that the model knows, in the same order', (kind) => {
    expect(stepsOf(kind).map(({ name }) => name)).toEqual(stepNames[kind])
  })

  it('lists a step after those of the same loop that it comes after', () => {
    for (const [index, step] of program.entries())
      for (const name of step.after) {
        const before = program.slice(0, index).find((other) => other.name === name)
        expect(before?.loop, `${step.name} comes after ${name}`).toBe(step.loop)
      }
  })

  it('has steps for every loop', () => {
    for (const kind of loopKinds) expect(stepsOf(kind).every((step) => step.loop === kind) && stepsOf(kind).length > 0).toBe(true)
    expect(loopKinds.flatMap(stepsOf)).toHaveLength(program.length)
  })

  it('knows no step by a name that does not exist', () => {
    expect(stepNamed('open-firewall').loop).toBe('target')
    expect(() => stepNamed('open-sesame')).toThrow("no step 'open-sesame'")
  })

  it('has steps that call nothing where they desire and track nothing', async () => {
    const calling = new Proxy({}, { get: (_, name) => () => Promise.reject(new Error(`it called ${String(name)}`)) })
    const ports = new Proxy({}, { get: () => calling }) as Ports
    for (const step of ['store-secret', 'write-resources', 'publish-status'].map(stepNamed)) {
      const view = viewOf(loopOf(connection()), { removing: true })
      expect(step.desired(view).objects).toEqual([])
      expect((await step.observe(view, toObserve([], []), ports)).observed).toEqual([])
    }
  })

  it('lets no step change anything while it only reads, and says by hand what the others change in Azure', () => {
    const own = new Set(['read-declarations', 'check-consent'])
    for (const step of program) if (step.apply && !own.has(step.name)) expect(step.byHand, step.name).toBeDefined()
  })
})
