// The command line of `npm start`: what it takes, and what it says of what it does not take.
import { expect, it } from 'vitest'
import { parseOptions } from '../../src/local/start/options.ts'

it('has a default for each option', () => {
  expect(parseOptions([])).toEqual({ azure: false, fresh: false, port: 7400, folder: '.local', events: 'EventGrid', verbose: false })
})

it.each([
  [['--port', 'x'], "--port takes a number from 1024 to 65531, not 'x'"],
  [['--port', '65532'], "--port takes a number from 1024 to 65531, not '65532'"],
  [['--latency', '-1'], '--latency'],
  [['--latency=11'], "--latency takes a factor from 0 to 10, not '11'"],
  [['--events', 'smoke'], "EventGrid or CloudEvents, not 'smoke'"],
  [['--azure', '--fleet', 'fleet.yaml'], '--fleet describes a simulated Azure'],
  [['--unknown'], '--unknown'],
])('refuses %s by name', (args, words) => {
  expect(() => parseOptions(args)).toThrow(words)
})
