// What an attempt at a step recorded, for tests: of one that found everything well, unless said otherwise.
import type { Outcome, StepRow } from '../../src/model/outcome.ts'
import type { StepName } from '../../src/model/step-name.ts'

type Attempted = Omit<StepRow, 'step' | 'etag'>

export const anOutcome = (over: Partial<Outcome> = {}): Outcome => ({
  kind: 'satisfied',
  problems: [],
  waits: [],
  changed: [],
  pendingDeletes: [],
  ...over,
})

export const aRecord = (over: Partial<Attempted> = {}): Attempted => ({
  outcome: anOutcome(),
  attempts: 1,
  since: 0,
  ranAt: 0,
  resync: 0,
  inputs: '',
  generation: 0,
  facts: {},
  wake: [],
  ...over,
})

export const aStepRow = (step: StepName, over: Partial<StepRow> = {}): StepRow => ({ step, etag: '', ...aRecord(over), ...over })
