// The function app of the host's own tests: one small function per behaviour.
const { app } = require('@azure/functions')
const df = require('durable-functions')

const seconds = (context, n) => new Date(context.df.currentUtcDateTime.getTime() + n * 1000)

let running = 0
let most = 0
df.app.activity('work', {
  handler: async (n) => {
    running++
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    return n * 2
  },
})
df.app.activity('slowWork', {
  handler: async ({ ms, value }) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return value
  },
})
df.app.activity('failing', {
  handler: (message) => {
    throw new Error(message)
  },
})
df.app.activity('longResult', { handler: () => 'x'.repeat(70_000) })
df.app.activity('wakes', {
  extraInputs: [df.input.durableClient()],
  handler: async (id, context) => {
    await df.getClient(context).raiseEvent(id, 'wake', 'from an activity')
  },
})

df.app.orchestration('fanOut', function* (context) {
  const tasks = Array.from({ length: context.df.getInput() }, (_, n) => context.df.callActivity('work', n))
  const results = yield context.df.Task.all(tasks)
  return results.reduce((sum, each) => sum + each, 0)
})
app.http('most', { authLevel: 'anonymous', methods: ['GET'], handler: () => ({ jsonBody: most }) })

/** Chain, fan-out, timer: what a crash may hit. */
df.app.orchestration('journey', function* (context) {
  const first = yield context.df.callActivity('work', 1)
  const both = yield context.df.Task.all([context.df.callActivity('work', 2), context.df.callActivity('work', 3)])
  yield context.df.createTimer(seconds(context, 1))
  return [first, ...both, yield context.df.callActivity('work', 4)]
})
df.app.orchestration('slow', function* (context) {
  return yield context.df.callActivity('slowWork', context.df.getInput())
})

/** Two sleeps in one execution, and then one after work: the pattern that loses a wake. */
df.app.orchestration('sleepsInOneExecution', function* (context) {
  const rounds = []
  for (let round = 0; round < 3; round++) {
    if (round === 2) yield context.df.callActivity('wakes', context.df.instanceId)
    const timer = context.df.createTimer(seconds(context, 60))
    const wake = context.df.waitForExternalEvent('wake')
    const winner = yield context.df.Task.any([timer, wake])
    if (winner === wake) timer.cancel()
    rounds.push(winner === wake ? 'wake' : 'timer')
  }
  return rounds
})

/** One sleep per execution, as our loops do it. Input: what ended the sleeps so far. */
df.app.orchestration('sleepsPerExecution', function* (context) {
  const rounds = context.df.getInput() ?? []
  yield context.df.callActivity('work', 1)
  const timer = context.df.createTimer(seconds(context, 3600))
  const wake = context.df.waitForExternalEvent('wake')
  const winner = yield context.df.Task.any([timer, wake])
  if (winner === wake) timer.cancel()
  rounds.push(winner === wake ? 'wake' : 'timer')
  if (rounds.length === 3) return rounds
  context.df.continueAsNew(rounds)
})
df.app.orchestration('waitsDays', function* (context) {
  yield context.df.createTimer(seconds(context, context.df.getInput() * 24 * 3600))
  return context.df.currentUtcDateTime
})

// What strict mode is for
df.app.orchestration('random', function* (context) {
  yield context.df.callActivity('work', Math.random())
})
df.app.orchestration('callsUnknown', function* (context) {
  yield context.df.callActivity('noSuchActivity', 1)
})
df.app.orchestration('reusesTask', function* (context) {
  const slow = context.df.callActivity('work', 1)
  yield context.df.Task.any([slow, context.df.callActivity('work', 2)])
  yield context.df.Task.any([slow, context.df.waitForExternalEvent('never')])
})
df.app.orchestration('leavesTimer', function* (context) {
  const timer = context.df.createTimer(seconds(context, 3600))
  yield context.df.Task.any([timer, context.df.callActivity('work', 1)])
})
df.app.orchestration('leavesTimerAndGoesOn', function* (context) {
  const timer = context.df.createTimer(seconds(context, 3600))
  yield context.df.Task.any([timer, context.df.callActivity('work', 1)])
  context.df.continueAsNew({})
})
// biome-ignore lint/correctness/useYield: throws before it gets there
df.app.orchestration('throwsNothing', function* () {
  throw new Error('')
})
df.app.orchestration('failsWithoutText', function* (context) {
  yield context.df.callActivity('failing', '')
})
df.app.orchestration('longStatus', function* (context) {
  context.df.setCustomStatus('x'.repeat(9000))
  yield context.df.callActivity('work', 1)
})
df.app.orchestration('longInput', function* (context) {
  yield context.df.callActivity('work', 'x'.repeat(70_000))
})
df.app.orchestration('getsLongResult', function* (context) {
  yield context.df.callActivity('longResult')
})
df.app.orchestration('callsChild', function* (context) {
  yield context.df.callSubOrchestrator('journey')
})

app.http('echo', {
  authLevel: 'function',
  methods: ['POST'],
  route: 'things/{id:int}/{name?}',
  handler: async (request) => ({ status: 201, jsonBody: { params: request.params, body: await request.text() } }),
})

df.app.activity('trace', { handler: (_input, context) => context.traceContext.traceParent || 'none' })
df.app.orchestration('showsTrace', function* (context) {
  return yield context.df.callActivity('trace')
})

const fired = []
const note = (kind) => (what, context) => {
  fired.push({ kind, at: new Date().toISOString(), what, traceParent: context.traceContext.traceParent })
}
app.http('fired', { authLevel: 'anonymous', methods: ['GET'], handler: () => ({ jsonBody: fired }) })
app.timer('everyTenMinutes', { schedule: '0 */10 * * * *', handler: note('everyTenMinutes') })
app.timer('failsDaily', {
  schedule: '0 0 3 * * *',
  handler: () => {
    fired.push({ kind: 'failsDaily' })
    throw new Error('not today')
  },
})
app.eventGrid('onEvent', {
  handler: (event, context) => {
    if (event.data?.fail) throw new Error('event refused')
    note('onEvent')(event, context)
  },
})

app.hook.log((line) => {
  line.message = line.message.replace('a secret', '[hidden]')
})
app.http('logs', {
  authLevel: 'anonymous',
  methods: ['GET'],
  handler: (_request, context) => {
    context.warn('here is a secret')
    return { jsonBody: context.traceContext }
  },
})
app.hook.appStart(() => {
  globalThis.hostTestHooks = [...(globalThis.hostTestHooks ?? []), 'appStart']
})
app.hook.appTerminate(() => {
  globalThis.hostTestHooks.push('appTerminate')
})
