// Scene: the connection is alive. What is made in the account is seen by the pod.

import { invoices } from '../places.ts'
import { runUntilItWorks } from '../pods.ts'
import { must, type Stage } from '../setup.ts'

export async function newContainer(stage: Stage): Promise<void> {
  const { demoConsole } = stage
  demoConsole.heading('Something new in the account')
  demoConsole.say(`Another pod in ${invoices.namespace} makes a container, with the role that the connection has given it:`)
  demoConsole.output(await runUntilItWorks(stage, invoices, { makes: 'credit-notes' }))
  demoConsole.say('And the first one counts again:')
  const output = await runUntilItWorks(stage, invoices)
  demoConsole.output(output)
  must(output.startsWith('4 containers') && output.includes('credit-notes'), `${invoices.account} has 4 containers now`)
}
