import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { traceContext } from '../../src/telemetry/trace-context.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const through = (headers: Record<string, string>): Record<string, string> => {
  const carrier: Record<string, string> = {}
  traceContext.inject(traceContext.extract(ROOT_CONTEXT, headers, defaultTextMapGetter), carrier, defaultTextMapSetter)
  return carrier
}

it('passes a trace on, with what other vendors keep of it', () => {
  const headers = { traceparent, tracestate: 'az=1,congo=t61rcWkgMzE' }
  expect(through(headers)).toEqual(headers)
})

it.each(['', 'nonsense', '00-00000000000000000000000000000000-b7ad6b7169203331-01', `ff${traceparent.slice(2)}`])(
  'passes nothing on where there is no trace: %j',
  (wrong) => {
    expect(through({ traceparent: wrong, tracestate: 'az=1' })).toEqual({})
  },
)
