// Registers every function; the only file with side effects at import. Clients are made at the first call.
import { app } from '@azure/functions'
import { type App, compose } from './compose.ts'
import { config } from './config.ts'
import { registerDoors } from './functions/register.ts'
import { registerLoop } from './orchestrations/register.ts'

// Without it the host hands over chunked bodies empty.
app.setup({ enableHttpStream: true })

let made: App | undefined
const composed = (): App => {
  made ??= compose(config())
  return made
}

registerLoop(() => composed().loop)
registerDoors(() => composed().doors)
