// Scene: the connection is alive. What is made in the account is seen by the pod.

import { invoices } from '../places.ts'
import { runUntilItWorks } from '../pods.ts'
import { type DemoSetup, must } from '../setup.ts'

export async function newContainer(setup: DemoSetup): Promise<void> {
  const { demoConsole } = setup
  demoConsole.heading('Something new in the account')
  demoConsole.say(`Another pod in ${invoices.namespace} makes a container, with the role that the connection has given it:`)
  demoConsole.output(await runUntilItWorks(setup, invoices, { makes: 'credit-notes' }))
  demoConsole.say('And the first one counts again:')
  const output = await runUntilItWorks(setup, invoices)
  demoConsole.output(output)
  must(output.startsWith('4 containers') && output.includes('credit-notes'), `${invoices.account} has 4 containers now`)
}
