// The command line of `npm start`.

import { parseArgs } from 'node:util'

export type StartOptions = {
  readonly azure: boolean
  readonly fresh: boolean
  /** First of five ports in a row. */
  readonly port: number
  readonly folder: string
  readonly fleetFile?: string
  /** Factor on what Azure takes; absent = the short times that suit a person who watches. */
  readonly latency?: number
  readonly events: 'EventGrid' | 'CloudEvents'
  readonly verbose: boolean
}

export const help = `npm start -- [options]

  --fresh             forget the state of the last run and start fresh
  --port <number>     first of five ports in a row (7400)
  --state <folder>    where the state is kept (.local)
  --fleet <file>      another fleet of clusters and services, in YAML (src/local/fleets/demo.yaml)
  --latency <factor>  how long Azure takes; 1 = as long as in reality: a cluster update takes 4 minutes
  --events <schema>   EventGrid (default) or CloudEvents
  --azure             the real Azure, as the person who is signed in: docs/local.md
  --verbose           everything that host and app log
  --help`

/** @throws Error that says which option is wrong. */
export function parseOptions(args: readonly string[]): StartOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      azure: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      port: { type: 'string', default: '7400' },
      state: { type: 'string', default: '.local' },
      fleet: { type: 'string' },
      latency: { type: 'string' },
      events: { type: 'string', default: 'EventGrid' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1024 || port > 65_531)
    throw new Error(`--port takes a number from 1024 to 65531, not '${values.port}'`)
  const latency = values.latency === undefined ? undefined : Number(values.latency)
  if (latency !== undefined && !(latency >= 0 && latency <= 10))
    throw new Error(`--latency takes a factor from 0 to 10, not '${values.latency}'`)
  const { events } = values
  if (events !== 'EventGrid' && events !== 'CloudEvents') throw new Error(`--events takes EventGrid or CloudEvents, not '${events}'`)
  if (values.azure && values.fleet !== undefined) throw new Error('--fleet describes a simulated Azure and makes no sense with --azure')
  return {
    azure: values.azure,
    fresh: values.fresh,
    port,
    folder: values.state,
    ...(values.fleet === undefined ? {} : { fleetFile: values.fleet }),
    ...(latency === undefined ? {} : { latency }),
    events,
    verbose: values.verbose,
  }
}
