// Registers every function; the only file with side effects at import. Clients are created at the first call.
import { app } from '@azure/functions'
import { type App, compose, signIn } from './compose.ts'
import { announces, config, eventQueue, telemetry } from './config.ts'
import { registerLoop } from './engine/register.ts'
import { registerHandlers } from './functions/register.ts'
import { startTelemetry } from './telemetry/start.ts'

// Without it the host hands over chunked bodies empty.
app.setup({ enableHttpStream: true })

const listeners = telemetry()
startTelemetry(listeners, () => signIn(config()))

let made: App | undefined
const composed = (): App => {
  made ??= compose(config(), listeners !== undefined)
  return made
}

registerLoop(() => composed().loop)
registerHandlers(() => composed().services, { eventQueue: eventQueue(), announces: announces() })
