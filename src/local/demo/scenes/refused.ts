// Scene, the other negatives: from elsewhere in the network, and without a role, the same workload is refused by the service.

import { invoices, papers } from '../places.ts'
import { runWorkload } from '../pods.ts'
import { type DemoSetup, must } from '../setup.ts'

export async function refused(setup: DemoSetup): Promise<void> {
  const { demoConsole } = setup
  demoConsole.heading('What is not meant to work does not')
  demoConsole.say(
    `The pod of ${invoices.namespace}, with all it has, but run in the office, whose address ${invoices.account} does not let in:`,
  )
  await expect(setup, await runWorkload(setup, invoices, { from: 'office' }), '403 AuthorizationFailure')
  demoConsole.say(`A pod in ${papers.namespace}, with its identity, but without a role (role=none):`)
  await expect(setup, await runWorkload(setup, papers), '403 AuthorizationPermissionMismatch')
}

async function expect(
  { demoConsole }: DemoSetup,
  run: { readonly exitCode: number; readonly output: string },
  code: string,
): Promise<void> {
  demoConsole.output(run.output)
  must(run.exitCode !== 0 && run.output.includes(code), `the workload is refused with ${code}`)
}
