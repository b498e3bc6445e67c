// Scene: the sample workload runs as a pod of each connection. It is ordinary code, started as a process of its own.

import { invoices, photos } from '../places.ts'
import { runUntilItWorks } from '../pods.ts'
import { type DemoSetup, must } from '../setup.ts'

export async function workloads(setup: DemoSetup): Promise<void> {
  const { demoConsole } = setup
  demoConsole.heading('Does the pod connect?')
  demoConsole.say(`A pod in ${photos.namespace}: BlobServiceClient.fromConnectionString(…)`)
  const withString = await runUntilItWorks(setup, photos)
  demoConsole.output(withString)
  must(withString.startsWith('2 containers'), `${photos.account} has 2 containers`)
  demoConsole.say(`A pod in ${invoices.namespace}: new BlobServiceClient(endpoint, new DefaultAzureCredential()), without any secret`)
  const withIdentity = await runUntilItWorks(setup, invoices)
  demoConsole.output(withIdentity)
  must(withIdentity.startsWith('3 containers'), `${invoices.account} has 3 containers`)
}
